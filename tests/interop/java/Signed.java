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

/** JAX-WS RI with WSS4J: what goes out is signed, what comes in has to be signed. */
final class Signed implements SOAPHandler<SOAPMessageContext> {
    private static final String SECURITY =
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

    private final Wss wss;
    private List<String> signedInAnswer = List.of();

    Signed(Wss wss) {
        this.wss = wss;
    }

    /** Where what was signed stood in the newest answer. */
    List<String> signedInAnswer() {
        return signedInAnswer;
    }

    @Override
    public Set<QName> getHeaders() {
        return Set.of(new QName(SECURITY, "Security"));
    }

    @Override
    public boolean handleMessage(SOAPMessageContext context) {
        try {
            Document envelope = copied(context.getMessage());
            if ((Boolean) context.get(MessageContext.MESSAGE_OUTBOUND_PROPERTY)) {
                wss.sign(envelope, "rsa-sha1", false, false);
                byte[] signed = Xml.written(envelope);
                StreamSource source = new StreamSource(new ByteArrayInputStream(signed));
                context.getMessage().getSOAPPart().setContent(source);
            } else {
                signedInAnswer = wss.verify(envelope);
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
