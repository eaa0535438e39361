import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import javax.xml.bind.JAXBContext;
import javax.xml.bind.annotation.XmlElement;
import javax.xml.bind.annotation.XmlRootElement;
import javax.xml.namespace.QName;
import javax.xml.ws.Dispatch;
import javax.xml.ws.Service;
import javax.xml.ws.WebServiceException;
import javax.xml.ws.handler.Handler;
import javax.xml.ws.handler.MessageContext;
import javax.xml.ws.handler.soap.SOAPHandler;
import javax.xml.ws.handler.soap.SOAPMessageContext;
import javax.xml.ws.soap.SOAPBinding;

/**
 * JAX-WS RI 2.3.0 with a SOAP handler cannot send a line break: JAXB writes it as a reference, and
 * SAAJ takes none.
 *
 * <p>Says for each text whether it was sent, with a handler and without.
 */
public final class LineBreakBehindHandler {
    @XmlRootElement(name = "echo", namespace = "urn:echo")
    public static final class Echo {
        @XmlElement public String text;
    }

    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            byte[] sent = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "text/xml; charset=utf-8");
            exchange.sendResponseHeaders(200, sent.length);
            exchange.getResponseBody().write(sent);
            exchange.close();
        });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/";
        for (String text : List.of("one line", "two\nlines")) {
            for (boolean handled : new boolean[] {false, true}) {
                String handler = handled ? "with a handler" : "without";
                System.out.println(text.replace('\n', ' ') + ", " + handler + ": "
                    + sent(url, text, handled));
            }
        }
        server.stop(0);
    }

    @SuppressWarnings("rawtypes") // so says the interface
    private static String sent(String url, String text, boolean handled) throws Exception {
        QName port = new QName("urn:echo", "port");
        Service service = Service.create(new QName("urn:echo", "service"));
        service.addPort(port, SOAPBinding.SOAP11HTTP_BINDING, url);
        JAXBContext context = JAXBContext.newInstance(Echo.class);
        Dispatch<Object> dispatch =
            service.createDispatch(port, context, Service.Mode.PAYLOAD);
        if (handled) dispatch.getBinding().setHandlerChain(List.<Handler>of(new Looking()));
        Echo echo = new Echo();
        echo.text = text;
        try {
            return ((Echo) dispatch.invoke(echo)).text.equals(text) ? "arrived" : "changed";
        } catch (WebServiceException | UnsupportedOperationException refused) {
            return "not sent";
        }
    }

    /** Looks at the message and does nothing. */
    private static final class Looking implements SOAPHandler<SOAPMessageContext> {
        @Override
        public Set<QName> getHeaders() {
            return Set.of();
        }

        @Override
        public boolean handleMessage(SOAPMessageContext context) {
            return context.getMessage() != null;
        }

        @Override
        public boolean handleFault(SOAPMessageContext context) {
            return true;
        }

        @Override
        public void close(MessageContext context) {}
    }
}
