import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.xml.datatype.DatatypeFactory;
import javax.xml.datatype.XMLGregorianCalendar;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.WebServiceException;
import javax.xml.ws.handler.Handler;
import javax.xml.ws.soap.SOAPFaultException;
import paluukanava.*;

/**
 * Calls a receiver of the return channel as the account would, on JAX-WS RI, from the WSDL alone;
 * signed by WSS4J where it is told with what.
 *
 * <p>The environment says pusher.wsdl, pusher.url, pusher.authority and so on. The cases named as
 * arguments run in their order; one JSON object a line says what the program saw.
 */
final class Pusher {
    private static final byte[] PDF = "%PDF-1.4\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FILLING = {0x00, (byte) 0xff, '\r', '\n'};

    private final ViranomaisPaluukanava port;

    private Pusher() throws Exception {
        ViranomaisPaluukanavaService service =
            new ViranomaisPaluukanavaService(Path.of(given("wsdl")).toUri().toURL());
        port = service.getPort(ViranomaisPaluukanava.class);
        BindingProvider provider = (BindingProvider) port;
        provider.getRequestContext()
            .put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, given("url"));
        if (given("own") != null) sign(provider);
    }

    @SuppressWarnings("rawtypes") // so says the interface
    private static void sign(BindingProvider provider) throws Exception {
        Wss wss = new Wss(Path.of(given("own")), Path.of(given("trusted")));
        provider.getBinding().setHandlerChain(List.<Handler>of(new Signed(wss, true, false)));
    }

    public static void main(String[] cases) throws Exception {
        Pusher pusher = new Pusher();
        for (String name : cases) {
            Map<String, Object> seen;
            try {
                seen = pusher.run(name);
            } catch (SOAPFaultException fault) {
                seen = Json.map("fault", fault.getFault().getFaultString());
            } catch (WebServiceException error) {
                seen = Json.map("exception", error.getMessage());
            }
            System.out.println(Json.object("case", name, "seen", seen));
        }
    }

    private Map<String, Object> run(String name) throws Exception {
        return switch (name) {
            case "states" -> states("jaxws-1", 220, "2026-03-01T12:00:00+02:00");
            case "messages" -> messages("jaxws-2", false);
            case "attachment" -> messages("jaxws-3", true);
            case "repeated" -> states("jaxws-1", 220, "2026-03-01T12:00:00+02:00");
            case "reused" -> states("jaxws-1", 230, "2026-03-01T12:00:00+02:00");
            case "older" -> states("jaxws-4", 200, "2026-02-28T12:00:00+02:00");
            case "fault" -> states("jaxws-5", 220, null);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Viranomainen sender(String id) {
        Viranomainen made = new Viranomainen();
        made.setViranomaisTunnus(given("authority"));
        made.setPalveluTunnus(given("service"));
        made.setSanomaTunniste(id);
        made.setSanomaVersio("1.0");
        return made;
    }

    private Map<String, Object> states(String id, int code, String since) throws Exception {
        AsiakasJaKohteenTilaWSPA4 state = new AsiakasJaKohteenTilaWSPA4();
        state.setAsiakasTunnus(given("customer.AsiakasTunnus"));
        state.setTunnusTyyppi(given("customer.TunnusTyyppi"));
        state.setAsiointitiliTunniste("tili-1");
        state.setKohteenTila(code);
        state.setKohteenTilaPvm(since == null ? null : time(since));
        KohdeWSPA4 item = new KohdeWSPA4();
        item.setViranomaisTunniste("kohde-1 " + given("text"));
        item.setAsiakas(state);
        KyselyWSPA4 query = new KyselyWSPA4();
        query.setKohdeMaara(1);
        query.setKohteet(new ArrayOfKohdeWSPA4());
        query.getKohteet().getKohde().add(item);
        return told(port.vieKohdeTiloja(sender(id), query, given("url")).getTilaKoodi());
    }

    private Map<String, Object> messages(String id, boolean attached) throws Exception {
        Asiakas customer = new Asiakas();
        customer.setAsiakasTunnus(given("customer.AsiakasTunnus"));
        customer.setTunnusTyyppi(given("customer.TunnusTyyppi"));
        KohdeWSPA5 item = new KohdeWSPA5();
        item.setAsiakas(customer);
        item.setAsiointitiliTunniste("tili-2");
        item.setNimeke(given("text"));
        item.setLahetysPvm(time("2026-03-01T12:00:00+02:00"));
        item.setKuvausTeksti("Ensimmäinen rivi" + (attached ? "\n" : " ") + given("text"));
        if (attached) {
            item.setTiedostot(new ArrayOfTiedosto());
            item.getTiedostot().getTiedosto().add(file());
        }
        KyselyWSPA5 query = new KyselyWSPA5();
        query.setKohdeMaara(1);
        query.setKohteet(new ArrayOfKohdeWSPA5());
        query.getKohteet().getKohde().add(item);
        VastausWSPA5 answer = port.vieKohteita(sender(id), query, given("url"));
        Map<String, Object> seen = told(answer.getTilaKoodi());
        seen.put("KohdeMaara", answer.getKohdeMaara());
        return seen;
    }

    private static Tiedosto file() {
        byte[] content = Arrays.copyOf(PDF, 2_000_000);
        for (int at = PDF.length; at < content.length; at++) {
            content[at] = FILLING[(at - PDF.length) % 4];
        }
        Tiedosto made = new Tiedosto();
        made.setTiedostoSisalto(Base64.getEncoder().encodeToString(content));
        made.setTiedostoNimi("päätös_åäö.pdf");
        return made;
    }

    private static XMLGregorianCalendar time(String text) throws Exception {
        return DatatypeFactory.newInstance().newXMLGregorianCalendar(text);
    }

    private static Map<String, Object> told(TilaKoodiWS state) {
        return Json.map(
            "TilaKoodi", state.getTilaKoodi(),
            "TilaKoodiKuvaus", state.getTilaKoodiKuvaus(),
            "SanomaTunniste", state.getSanomaTunniste());
    }

    private static String given(String name) {
        return System.getenv("pusher." + name);
    }
}
