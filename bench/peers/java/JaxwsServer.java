import java.io.File;
import java.io.StringReader;
import javax.xml.transform.Source;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMResult;
import javax.xml.transform.stream.StreamSource;
import javax.xml.ws.Endpoint;
import javax.xml.ws.Provider;
import javax.xml.ws.Service;
import javax.xml.ws.ServiceMode;
import javax.xml.ws.WebServiceProvider;
import org.w3c.dom.Document;

/** java JaxwsServer PORT SCHEMA: the JAX-WS reference implementation, the same work behind it. */
@WebServiceProvider
@ServiceMode(Service.Mode.PAYLOAD)
public final class JaxwsServer implements Provider<Source> {
    private static Work work;

    @Override
    public Source invoke(Source request) {
        try {
            DOMResult result = new DOMResult();
            TransformerFactory.newInstance().newTransformer().transform(request, result);
            String told = work.payload(((Document) result.getNode()).getDocumentElement());
            return new StreamSource(new StringReader(told));
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    public static void main(String[] arguments) throws Exception {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        work = new Work(new File(arguments[1]));
        Endpoint endpoint = Endpoint.create(new JaxwsServer());
        endpoint.setExecutor(java.util.concurrent.Executors.newFixedThreadPool(16));
        endpoint.publish("http://127.0.0.1:" + arguments[0] + "/");
    }
}
