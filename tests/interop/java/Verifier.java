import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.ws.security.WSSecurityException;
import org.w3c.dom.Document;

/**
 * Signs and verifies files with WSS4J. Arguments: own key and certificate, authorities (PEM).
 *
 * <p>Each line of the input is {@code verify FILE} or {@code sign FILE ALGORITHM TIMESTAMP TOKEN
 * OUT}, where TIMESTAMP is {@code first} or {@code last} and TOKEN {@code signed} or
 * {@code unsigned}. Each gets one line of JSON.
 */
final class Verifier {
    public static void main(String[] arguments) throws Exception {
        Wss wss = new Wss(Path.of(arguments[0]), Path.of(arguments[1]));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            Document envelope = Xml.parsed(Files.readAllBytes(Path.of(words[1])));
            if (words[0].equals("sign")) {
                wss.sign(envelope, words[2], words[3].equals("first"), words[4].equals("signed"));
                Files.write(Path.of(words[5]), Xml.written(envelope));
                System.out.println("{}");
            } else {
                System.out.println(verdict(wss, envelope));
            }
        }
    }

    private static String verdict(Wss wss, Document envelope) {
        try {
            return Json.object("signed", wss.verify(envelope));
        } catch (WSSecurityException refused) {
            return Json.object("refused", refused.getMessage());
        }
    }
}
