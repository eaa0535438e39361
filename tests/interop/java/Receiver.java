import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.annotation.Resource;
import javax.jws.WebService;
import javax.xml.namespace.QName;
import javax.xml.soap.SOAPException;
import javax.xml.soap.SOAPFactory;
import javax.xml.soap.SOAPFault;
import javax.xml.transform.Source;
import javax.xml.transform.stream.StreamSource;
import javax.xml.ws.Endpoint;
import javax.xml.ws.WebServiceContext;
import javax.xml.ws.handler.Handler;
import javax.xml.ws.soap.SOAPFaultException;
import paluukanava.*;

/**
 * An authority's receiver of the return channel on JAX-WS RI, its classes made by wsimport from the
 * WSDL alone; calls are verified by WSS4J where it is told whom to trust.
 *
 * <p>The environment says receiver.wsdl, a file; receiver.authority, whose messages are taken;
 * receiver.lose and receiver.fault, how many replies are to be lost after the message was stored, or
 * to be a Fault before; receiver.own and receiver.trusted, PEM files. The first line it writes is
 * its address, then comes a line of JSON for each call. It ends with its input.
 */
@WebService(
    endpointInterface = "paluukanava.ViranomaisPaluukanava",
    targetNamespace = "http://www.suomi.fi/asiointitili",
    serviceName = "ViranomaisPaluukanavaService",
    portName = "ViranomaisPaluukanavaPort")
public final class Receiver implements ViranomaisPaluukanava {
    private static final String HTTP = "com.sun.xml.ws.http.exchange";

    private final Set<String> stored = new HashSet<>();
    private int lose = Integer.parseInt(given("lose"));
    private int fault = Integer.parseInt(given("fault"));
    private Signed signed;
    @Resource private WebServiceContext context;

    public static void main(String[] arguments) throws Exception {
        Receiver receiver = new Receiver();
        Endpoint endpoint = Endpoint.create(receiver);
        endpoint.setMetadata(List.<Source>of(new StreamSource(new File(given("wsdl")))));
        if (given("trusted") != null) receiver.verifying(endpoint);
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        endpoint.publish(server.createContext("/paluukanava"));
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/paluukanava";
        System.out.println(Json.object("url", url));
        while (System.in.read() >= 0) {
            // until whoever started it closes the input
        }
        System.exit(0);
    }

    @SuppressWarnings("rawtypes") // so says the interface
    private void verifying(Endpoint endpoint) throws Exception {
        Wss wss = new Wss(Path.of(given("own")), Path.of(given("trusted")));
        signed = new Signed(wss, false, true);
        endpoint.getBinding().setHandlerChain(List.<Handler>of(signed));
    }

    @Override
    public VastausWSPA4 vieKohdeTiloja(
            Viranomainen sender, KyselyWSPA4 query, String paluukanavaUrl) {
        List<Map<String, Object>> items =
            query.getKohteet().getKohde().stream().map(Receiver::state).toList();
        VastausWSPA4 made = new VastausWSPA4();
        made.setTilaKoodi(received("VieKohdeTiloja", sender, paluukanavaUrl, items));
        return made;
    }

    @Override
    public VastausWSPA5 vieKohteita(Viranomainen sender, KyselyWSPA5 query, String paluukanavaUrl) {
        List<KohdeWSPA5> sent = query.getKohteet().getKohde();
        VastausWSPA5 made = new VastausWSPA5();
        made.setTilaKoodi(received(
            "VieKohteita", sender, paluukanavaUrl, sent.stream().map(Receiver::message).toList()));
        made.setKohdeMaara(sent.size());
        made.setKohteet(new ArrayOfKohdeWSPA5V());
        for (KohdeWSPA5 each : sent) {
            KohdeWSPA5V accepted = new KohdeWSPA5V();
            accepted.setAsiointitiliTunniste(each.getAsiointitiliTunniste());
            accepted.setKohteenTila(200);
            made.getKohteet().getKohde().add(accepted);
        }
        return made;
    }

    /** What both operations have in common: who may call, what is new, which reply is lost. */
    private synchronized TilaKoodiWS received(
            String operation, Viranomainen sender, String url, List<Map<String, Object>> items) {
        Map<String, Object> call = Json.map(
            "operation", operation,
            "SanomaTunniste", sender.getSanomaTunniste(),
            "paluukanavaUrl", url);
        if (signed != null) call.put("signed", signed.signedParts());
        if (!given("authority").equals(sender.getViranomaisTunnus()) || fault-- > 0) {
            call.put("outcome", "fault");
            System.out.println(Json.text(call));
            throw refused();
        }
        boolean lost = lose-- > 0;
        call.put("outcome", lost ? "lost" : "answered");
        call.put("new", stored.add(sender.getSanomaTunniste()));
        call.put("items", items);
        System.out.println(Json.text(call));
        if (lost) ((HttpExchange) context.getMessageContext().get(HTTP)).close();
        TilaKoodiWS made = new TilaKoodiWS();
        made.setTilaKoodi(0);
        made.setTilaKoodiKuvaus("Vastaanotettu €");
        made.setSanomaTunniste(sender.getSanomaTunniste());
        return made;
    }

    private static Map<String, Object> state(KohdeWSPA4 item) {
        AsiakasJaKohteenTilaWSPA4 state = item.getAsiakas();
        return Json.map(
            "ViranomaisTunniste", item.getViranomaisTunniste(),
            "AsiointitiliTunniste", state.getAsiointitiliTunniste(),
            "KohteenTila", state.getKohteenTila(),
            "AsiakasTunnus", state.getAsiakasTunnus(),
            "TunnusTyyppi", state.getTunnusTyyppi());
    }

    private static Map<String, Object> message(KohdeWSPA5 item) {
        List<Tiedosto> files =
            item.getTiedostot() == null ? List.of() : item.getTiedostot().getTiedosto();
        return Json.map(
            "AsiakasTunnus", item.getAsiakas().getAsiakasTunnus(),
            "AsiointitiliTunniste", item.getAsiointitiliTunniste(),
            "Nimeke", item.getNimeke(),
            "KuvausTeksti", item.getKuvausTeksti(),
            "files", files.stream().map(Receiver::file).toList());
    }

    private static Map<String, Object> file(Tiedosto file) {
        try {
            byte[] content = Base64.getDecoder().decode(file.getTiedostoSisalto());
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            return Json.map(
                "TiedostoNimi", file.getTiedostoNimi(),
                "sha256", HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static SOAPFaultException refused() {
        try {
            SOAPFault made = SOAPFactory.newInstance().createFault(
                "Viestiä ei oteta vastaan €",
                new QName("http://schemas.xmlsoap.org/soap/envelope/", "Client"));
            return new SOAPFaultException(made);
        } catch (SOAPException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String given(String name) {
        return System.getenv("receiver." + name);
    }
}
