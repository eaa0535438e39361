import com.sun.net.httpserver.HttpServer;
import java.io.StringReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import javax.xml.namespace.QName;
import javax.xml.transform.Source;
import javax.xml.transform.stream.StreamSource;
import javax.xml.ws.Dispatch;
import javax.xml.ws.Service;
import javax.xml.ws.WebServiceException;
import javax.xml.ws.soap.SOAPBinding;
import javax.xml.ws.soap.SOAPFaultException;

/** JAX-WS RI 2.3.0 reads a Fault with HTTP status 500, and not with 404, which shows as the status. */
public final class FaultWith404 {
    private static final String FAULT =
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>"
            + "<faultcode>s:Client</faultcode><faultstring>the reason</faultstring>"
            + "</s:Fault></s:Body></s:Envelope>";

    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            byte[] answer = FAULT.getBytes(StandardCharsets.UTF_8);
            int status = Integer.parseInt(exchange.getRequestURI().getPath().substring(1));
            exchange.getResponseHeaders().set("Content-Type", "text/xml; charset=utf-8");
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        for (int status : new int[] {500, 404}) {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/" + status;
            System.out.println(status + " " + seen(url));
        }
        server.stop(0);
    }

    private static String seen(String url) {
        QName port = new QName("urn:echo", "port");
        Service service = Service.create(new QName("urn:echo", "service"));
        service.addPort(port, SOAPBinding.SOAP11HTTP_BINDING, url);
        Dispatch<Source> dispatch = service.createDispatch(port, Source.class, Service.Mode.PAYLOAD);
        try {
            dispatch.invoke(new StreamSource(new StringReader("<ask xmlns='urn:echo'/>")));
        } catch (SOAPFaultException fault) {
            return "the Fault: " + fault.getFault().getFaultString();
        } catch (WebServiceException error) {
            return error.getClass().getSimpleName() + " " + error.getMessage();
        }
        return "no Fault";
    }
}
