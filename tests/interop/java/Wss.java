import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSDataRef;
import org.apache.ws.security.WSEncryptionPart;
import org.apache.ws.security.WSSecurityEngine;
import org.apache.ws.security.WSSecurityEngineResult;
import org.apache.ws.security.WSSecurityException;
import org.apache.ws.security.components.crypto.Merlin;
import org.apache.ws.security.message.WSSecHeader;
import org.apache.ws.security.message.WSSecSignature;
import org.apache.ws.security.message.WSSecTimestamp;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** WS-Security by WSS4J: one key and certificate, and the authorities whose signers count. */
final class Wss {
    private static final String RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    private static final String ALIAS = "own";
    private static final char[] PASSWORD = "in memory".toCharArray();

    private final Merlin crypto = new Merlin();

    /** Reads PEM files: key (PKCS #8) and certificate in one, authorities in the other. */
    Wss(Path own, Path authorities) throws Exception {
        KeyStore keys = empty();
        keys.setKeyEntry(ALIAS, key(own), PASSWORD, certificates(own).toArray(new Certificate[0]));
        KeyStore trusted = empty();
        for (Certificate each : certificates(authorities)) {
            trusted.setCertificateEntry("authority" + trusted.size(), each);
        }
        crypto.setKeyStore(keys);
        crypto.setTrustStore(trusted);
    }

    /** Signs Timestamp, Body and what else is named; the Timestamp goes first or last. */
    void sign(Document envelope, String algorithm, boolean timestampFirst, boolean withToken)
            throws Exception {
        WSSecHeader header = new WSSecHeader();
        header.insertSecurityHeader(envelope);
        WSSecTimestamp timestamp = new WSSecTimestamp();
        timestamp.setTimeToLive(60);
        timestamp.prepare(envelope);
        WSSecSignature signature = new WSSecSignature();
        signature.setUserInfo(ALIAS, new String(PASSWORD));
        signature.setKeyIdentifierType(WSConstants.BST_DIRECT_REFERENCE);
        boolean weak = algorithm.equals("rsa-sha1");
        signature.setSignatureAlgorithm(weak ? WSConstants.RSA_SHA1 : RSA_SHA256);
        signature.setDigestAlgo(weak ? WSConstants.SHA1 : WSConstants.SHA256);
        signature.prepare(envelope, crypto, header);
        // Each is put before what stands there already, or behind it.
        signature.appendBSTElementToHeader(header);
        Element security = header.getSecurityHeader();
        security.insertBefore(timestamp.getElement(), timestampFirst ? security.getFirstChild() : null);
        String soap = envelope.getDocumentElement().getNamespaceURI();
        List<WSEncryptionPart> parts = new ArrayList<>();
        parts.add(new WSEncryptionPart(timestamp.getId()));
        parts.add(new WSEncryptionPart("Body", soap, "Content"));
        if (withToken) parts.add(new WSEncryptionPart(signature.getBSTTokenId()));
        signature.computeSignature(signature.addReferencesToSign(parts, header), false, null);
    }

    /**
     * Where that which a trusted signer signed stands in this envelope. WSS4J proves that it was
     * signed; whether it is what the receiver reads, only its place tells.
     */
    List<String> verify(Document envelope) throws WSSecurityException {
        List<WSSecurityEngineResult> results =
            new WSSecurityEngine().processSecurityHeader(envelope, null, null, crypto);
        if (results == null) throw new WSSecurityException("no Security header");
        List<String> signed = new ArrayList<>();
        for (WSSecurityEngineResult result : results) {
            Object references = result.get(WSSecurityEngineResult.TAG_DATA_REF_URIS);
            if (!(references instanceof List<?> found)) continue;
            for (Object each : found) signed.add(place(((WSDataRef) each).getProtectedElement()));
        }
        return signed;
    }

    private static String place(Node element) {
        Node parent = element.getParentNode();
        boolean root = parent == null || parent.getNodeType() != Node.ELEMENT_NODE;
        return (root ? "" : place(parent) + "/") + element.getLocalName();
    }

    private static KeyStore empty() throws Exception {
        KeyStore made = KeyStore.getInstance("PKCS12");
        made.load(null, PASSWORD);
        return made;
    }

    private static PrivateKey key(Path path) throws Exception {
        String text = Files.readString(path);
        String begin = "-----BEGIN PRIVATE KEY-----";
        int start = text.indexOf(begin) + begin.length();
        String der = text.substring(start, text.indexOf("-----END PRIVATE KEY-----"));
        byte[] bytes = Base64.getMimeDecoder().decode(der);
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(bytes));
    }

    private static List<X509Certificate> certificates(Path path) throws Exception {
        String text = Files.readString(path);
        byte[] pem = text.substring(text.indexOf("-----BEGIN CERTIFICATE-----")).getBytes();
        try (InputStream stream = new ByteArrayInputStream(pem)) {
            List<X509Certificate> found = new ArrayList<>();
            for (Certificate each :
                    CertificateFactory.getInstance("X.509").generateCertificates(stream)) {
                found.add((X509Certificate) each);
            }
            return found;
        }
    }
}
