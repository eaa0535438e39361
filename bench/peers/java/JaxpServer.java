import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** java JaxpServer PORT SCHEMA: the JDK's HttpServer with JAXP. */
public final class JaxpServer {
    public static void main(String[] arguments) throws Exception {
        // Small answers must not wait for an acknowledgement.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        int port = Integer.parseInt(arguments[0]);
        Work work = new Work(new File(arguments[1]));
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newFixedThreadPool(16));
        server.createContext("/", exchange -> reply(exchange, work));
        server.start();
    }

    private static void reply(HttpExchange exchange, Work work) throws IOException {
        byte[] answer = work.answer(exchange.getRequestBody().readAllBytes());
        exchange.getResponseHeaders().set("Content-Type", "text/xml; charset=utf-8");
        if (answer == null) {
            exchange.sendResponseHeaders(500, -1);
        } else {
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
        exchange.close();
    }
}
