import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Set;
import javax.xml.namespace.QName;
import javax.xml.soap.SOAPMessage;
import javax.xml.transform.stream.StreamSource;
import javax.xml.ws.handler.MessageContext;
import javax.xml.ws.handler.soap.SOAPHandler;
import javax.xml.ws.handler.soap.SOAPMessageContext;
import org.w3c.dom.Document;

/** WSS4J as a handler of JAX-WS RI, of a client or of a server. */
final class Signed implements SOAPHandler<SOAPMessageContext> {
    private static final String SECURITY =
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

    private final Wss wss;
    private final boolean out;
    private final boolean in;
    private List<String> signedParts = List.of();

    /** Signs what goes out, or verifies what comes in, or both. */
    Signed(Wss wss, boolean out, boolean in) {
        this.wss = wss;
        this.out = out;
        this.in = in;
    }

    /** Where what was signed stood in the newest message that came in. */
    List<String> signedParts() {
        return signedParts;
    }

    @Override
    public Set<QName> getHeaders() {
        return Set.of(new QName(SECURITY, "Security"));
    }

    @Override
    public boolean handleMessage(SOAPMessageContext context) {
        try {
            if (!(Boolean) context.get(MessageContext.MESSAGE_OUTBOUND_PROPERTY)) {
                if (in) signedParts = wss.verify(copied(context.getMessage()));
            } else if (out) {
                Document envelope = copied(context.getMessage());
                wss.sign(envelope, "rsa-sha1", false, false);
                byte[] signed = Xml.written(envelope);
                StreamSource source = new StreamSource(new ByteArrayInputStream(signed));
                context.getMessage().getSOAPPart().setContent(source);
            }
            return true;
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    /** WSS4J 1.6 cannot work on the tree of SAAJ 1.4, so it gets a plain one. */
    private static Document copied(SOAPMessage message) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        message.writeTo(bytes);
        return Xml.parsed(bytes.toByteArray());
    }

    @Override
    public boolean handleFault(SOAPMessageContext context) {
        return handleMessage(context);
    }

    @Override
    public void close(MessageContext context) {}
}
