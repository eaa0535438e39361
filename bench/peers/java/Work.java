import java.io.ByteArrayInputStream;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** The work of one request with the JDK's own JAXP: parse, XSD, look up, answer. */
final class Work {
    private static final String SOAP = "http://schemas.xmlsoap.org/soap/envelope/";
    private static final String NS = "http://www.suomi.fi/asiointitili";
    private static final String HEAD =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope xmlns:soap=\"" + SOAP
                    + "\"><soap:Body>";
    private static final String TAIL = "</soap:Body></soap:Envelope>";
    private final Schema schema;
    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final ThreadLocal<DocumentBuilder> builders = ThreadLocal.withInitial(Work::builder);
    private final ThreadLocal<Validator> validators;

    Work(File file) throws Exception {
        schema = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI).newSchema(file);
        validators = ThreadLocal.withInitial(() -> schema.newValidator());
    }

    private static DocumentBuilder builder() {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return factory.newDocumentBuilder();
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    Document parse(byte[] data) throws Exception {
        return builders.get().parse(new ByteArrayInputStream(data));
    }

    /** The envelope that answers one request; nothing when the request is not valid. */
    byte[] answer(byte[] data) {
        try {
            Node body = parse(data).getElementsByTagNameNS(SOAP, "Body").item(0);
            Node call = body.getFirstChild();
            while (call.getNodeType() != Node.ELEMENT_NODE) {
                call = call.getNextSibling();
            }
            return (HEAD + payload((Element) call) + TAIL).getBytes(StandardCharsets.UTF_8);
        } catch (Exception error) {
            return null;
        }
    }

    String payload(Element call) throws Exception {
        Validator validator = validators.get();
        validator.reset();
        validator.validate(new DOMSource(call));
        String message = text(call, "SanomaTunniste");
        NodeList items = call.getElementsByTagNameNS(NS, "Kohde");
        StringBuilder told = new StringBuilder(1024);
        told.append("<LisaaKohteitaResponse xmlns=\"").append(NS)
                .append("\"><LisaaKohteitaResult><TilaKoodi><TilaKoodi>0</TilaKoodi>")
                .append("<TilaKoodiKuvaus>New messages created</TilaKoodiKuvaus><SanomaTunniste>")
                .append(message).append("</SanomaTunniste></TilaKoodi><KohdeMaara>")
                .append(items.getLength()).append("</KohdeMaara><Kohteet>");
        for (int i = 0; i < items.getLength(); i++) {
            item(told, (Element) items.item(i));
        }
        return told.append("</Kohteet></LisaaKohteitaResult></LisaaKohteitaResponse>").toString();
    }

    private void item(StringBuilder told, Element item) {
        String own = text(item, "ViranomaisTunniste");
        Element customer = (Element) item.getElementsByTagNameNS(NS, "Asiakas").item(0);
        told.append("<Kohde><ViranomaisTunniste>").append(own)
                .append("</ViranomaisTunniste><Asiakas AsiakasTunnus=\"")
                .append(customer.getAttribute("AsiakasTunnus")).append("\" TunnusTyyppi=\"")
                .append(customer.getAttribute("TunnusTyyppi")).append("\">");
        if (seen.add(own)) {
            told.append("<AsiointitiliTunniste>AT").append(String.format("%012d", seen.size()))
                    .append("</AsiointitiliTunniste><KohteenTila>200</KohteenTila>")
                    .append("<KohteenTilaKuvaus>Asia on tallennettu.</KohteenTilaKuvaus>");
        } else {
            told.append("<KohteenTila>520</KohteenTila><KohteenTilaKuvaus>Sama ViranomaisTunniste")
                    .append(" on jo tallennettu.</KohteenTilaKuvaus>");
        }
        told.append("</Asiakas></Kohde>");
    }

    private static String text(Element parent, String name) {
        return parent.getElementsByTagNameNS(NS, name).item(0).getTextContent();
    }
}
