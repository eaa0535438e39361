import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.datatype.DatatypeFactory;
import javax.xml.datatype.XMLGregorianCalendar;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.handler.Handler;
import javax.xml.ws.soap.SOAPFaultException;
import viranomaispalvelut.*;

/**
 * A supplier's program on JAX-WS RI, its classes made by wsimport from the WSDL alone.
 *
 * <p>The environment says supplier.wsdl, supplier.text, supplier.ids and so on. The cases named as
 * arguments run in their order; one JSON object a line says what the program saw.
 */
final class Supplier {
    private static final byte[] PDF = "%PDF-1.4\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FILLING = {0x00, (byte) 0xff, '\r', '\n'};

    private final String text = given("text");
    private Viranomaispalvelut port;
    private Signed signed;

    public static void main(String[] cases) throws Exception {
        if (System.getenv("supplier.ca") != null) Trusting.only(Path.of(given("ca")));
        Supplier supplier = new Supplier();
        for (String name : cases) {
            Map<String, Object> seen;
            try {
                seen = supplier.run(name);
            } catch (Exception error) {
                seen = failure(error);
            }
            System.out.println(Json.object("case", name, "seen", seen));
        }
    }

    private Map<String, Object> run(String name) throws Exception {
        return switch (name) {
            case "HaeTilaTieto" -> told(status(port(), caller()).getTilaKoodi());
            case "text" -> Json.map("SanomaTunniste", echoed());
            case "refusal" -> told(refusal());
            case "HaeAsiakkaita" -> states(time("2026-01-01T00:00:00+02:00"),
                time("2026-01-31T00:00:00+02:00"),
                customer("active"), customer("passive"), customer("none"), customer("company"));
            case "nil" -> states(null, null, customer("active"));
            case "defaultType" -> defaultType();
            case "LisaaKohteita" -> items(item("kohde-1"));
            case "repeatedItem" -> second(() -> items(item("kohde-2")));
            case "attachment" -> items(item("kohde-3", file(2_000_000)));
            case "attachmentTooLarge" -> items(item("kohde-4", file(2_000_001)));
            case "LahetaViesti" -> message("viesti-1", given("ids.print-contract"));
            case "repeatedMessage" ->
                second(() -> message("viesti-2", given("ids.print-contract")));
            case "fault" -> message("viesti-3", "0000");
            case "missing" -> missing();
            case "wrongAddress" -> told(status(at(given("wrong")), caller()).getTilaKoodi());
            case "unsigned" -> told(status(at(given("signed")), caller()).getTilaKoodi());
            case "signedCall" -> told(status(signedPort(), caller()).getTilaKoodi());
            case "signedAnswer" -> signedAnswer();
            case "signedAttachment" -> signedAttachment();
            case "signedLines" -> items(signedPort(), item("kohde-7"));
            default -> throw new IllegalArgumentException(name);
        };
    }

    private String echoed() throws Exception {
        Viranomainen caller = caller();
        caller.setSanomaTunniste(text);
        return status(port(), caller).getTilaKoodi().getSanomaTunniste();
    }

    private TilaKoodiWS refusal() throws Exception {
        Viranomainen caller = caller();
        caller.setViranomaisTunnus("TUNTEMATON");
        return status(port(), caller).getTilaKoodi();
    }

    private Map<String, Object> defaultType() throws Exception {
        Asiakas asked = customer("active");
        asked.setTunnusTyyppi(null);
        return states(
            time("2026-01-01T00:00:00+02:00"), time("2026-01-31T00:00:00+02:00"), asked);
    }

    private Map<String, Object> missing() throws Exception {
        KohdeWS2 item = item("kohde-5");
        item.setNimeke(null);
        return items(item);
    }

    private Map<String, Object> signedAnswer() throws Exception {
        status(signedPort(), caller());
        return Json.map("signed", signed.signedParts());
    }

    private Map<String, Object> signedAttachment() throws Exception {
        KohdeWS2 item = item("kohde-6", file(2_000_000));
        item.setKuvausTeksti(text);
        return items(signedPort(), item);
    }

    private interface Call {
        Map<String, Object> make() throws Exception;
    }

    private static Map<String, Object> second(Call call) throws Exception {
        call.make();
        return call.make();
    }

    private Viranomaispalvelut port() throws Exception {
        if (port == null) port = connected();
        return port;
    }

    private static Viranomaispalvelut connected() throws Exception {
        URL wsdl = new URL(given("wsdl"));
        return new ViranomaispalvelutService(wsdl).getPort(Viranomaispalvelut.class);
    }

    private static Viranomaispalvelut at(String address) throws Exception {
        Viranomaispalvelut made = connected();
        ((BindingProvider) made)
            .getRequestContext()
            .put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, address);
        return made;
    }

    @SuppressWarnings("rawtypes") // so says the interface
    private Viranomaispalvelut signedPort() throws Exception {
        Viranomaispalvelut made = at(given("signed"));
        Wss wss = new Wss(Path.of(given("own")), Path.of(given("trusted")));
        signed = new Signed(wss, true, true);
        ((BindingProvider) made).getBinding().setHandlerChain(List.<Handler>of(signed));
        return made;
    }

    private Viranomainen caller() {
        Yhteyshenkilo contact = new Yhteyshenkilo();
        contact.setNimi("Neuvonta");
        contact.setSahkoposti("neuvonta@kunta.example");
        Viranomainen made = new Viranomainen();
        made.setViranomaisTunnus(given("ids.authority"));
        made.setPalveluTunnus(given("ids.service"));
        made.setYhteyshenkilo(contact);
        made.setSanomaTunniste("jaxws-1");
        made.setSanomaVersio("1.0");
        made.setSanomaVarmenneNimi(given("ids.certificate-name"));
        return made;
    }

    private static Asiakas customer(String role) {
        Asiakas made = new Asiakas();
        made.setAsiakasTunnus(given("customers." + role + ".AsiakasTunnus"));
        made.setTunnusTyyppi(given("customers." + role + ".TunnusTyyppi"));
        return made;
    }

    private static Asiakas addressed() {
        Osoite address = new Osoite();
        address.setNimi("Testi Asiakas");
        address.setLahiosoite("Testikatu 1");
        address.setPostinumero("00100");
        address.setPostitoimipaikka("Helsinki");
        address.setMaa("FI");
        Asiakas made = customer("active");
        made.setOsoite(address);
        return made;
    }

    private KohdeWS2 item(String id, Tiedosto... files) throws Exception {
        return filled(new KohdeWS2(), id, files);
    }

    private <T extends KohdeWS2> T filled(T made, String id, Tiedosto... files) throws Exception {
        made.getAsiakas().add(addressed());
        made.setViranomaisTunniste(id + " " + text);
        made.setVaadiLukukuittaus(0);
        made.setNimeke(title());
        made.setLahetysPvm(time("2026-01-31T12:00:00+02:00"));
        made.setKuvausTeksti("Ensimmäinen rivi\n" + text);
        if (files.length > 0) {
            made.setTiedostot(new ArrayOfTiedosto());
            made.getTiedostot().getTiedosto().addAll(Arrays.asList(files));
        }
        made.setLisaaOsoitesivu(false);
        return made;
    }

    /** 256 characters are allowed: one letter that arrives as two is too many. */
    private String title() {
        int[] letters = text.repeat(30).codePoints().limit(256).toArray();
        return new String(letters, 0, letters.length);
    }

    private static Tiedosto file(int size) {
        byte[] content = Arrays.copyOf(PDF, size);
        for (int at = PDF.length; at < size; at++) content[at] = FILLING[(at - PDF.length) % 4];
        Tiedosto made = new Tiedosto();
        made.setTiedostonKuvaus("Päätös");
        made.setTiedostoSisalto(content);
        made.setTiedostoKoko(String.valueOf((size + 999) / 1000));
        made.setTiedostoMuoto("application/pdf");
        made.setTiedostoNimi("päätös_åäö.pdf");
        return made;
    }

    private static VastausWS10 status(Viranomaispalvelut port, Viranomainen caller) {
        return port.haeTilaTieto(caller, new KyselyWS10());
    }

    private Map<String, Object> states(
            XMLGregorianCalendar from, XMLGregorianCalendar until, Asiakas... asked)
            throws Exception {
        KyselyWS1 query = new KyselyWS1();
        query.setKyselyLaji("Asiakkaat");
        query.setKyselyAlku(from);
        query.setKyselyLoppu(until);
        query.setAsiakkaat(new ArrayOfAsiakas());
        query.getAsiakkaat().getAsiakas().addAll(Arrays.asList(asked));
        VastausWS1 answer = port().haeAsiakkaita(caller(), query);
        List<List<Object>> rows = answer.getAsiakkaat().getAsiakas().stream()
            .map(each -> List.<Object>of(each.getAsiakasTunnus(), each.getTunnusTyyppi(),
                each.getTila(), each.getTiliPassivoitu()))
            .toList();
        Map<String, Object> seen = told(answer.getTilaKoodi());
        seen.put("Asiakkaat", rows);
        return seen;
    }

    private Map<String, Object> items(KohdeWS2 item) throws Exception {
        return items(port(), item);
    }

    private Map<String, Object> items(Viranomaispalvelut port, KohdeWS2 item) {
        KyselyWS2 query = new KyselyWS2();
        query.setKohdeMaara(1);
        query.setKohteet(new ArrayOfKohdeWS2());
        query.getKohteet().getKohde().add(item);
        VastausWS2 answer = port.lisaaKohteita(caller(), query);
        Map<String, Object> seen = told(answer.getTilaKoodi());
        seen.put("KohdeMaara", answer.getKohdeMaara());
        seen.put("Kohteet", answer.getKohteet().getKohde().stream()
            .flatMap(kohde -> kohde.getAsiakas().stream()
                .map(each -> target(kohde.getViranomaisTunniste(), each)))
            .toList());
        return seen;
    }

    private static Map<String, Object> target(String id, AsiakasJaKohteenTila state) {
        String stored = state.getAsiointitiliTunniste();
        return Json.map(
            "ViranomaisTunniste", id,
            "AsiakasTunnus", state.getAsiakasTunnus(),
            "KohteenTila", state.getKohteenTila(),
            "stored", stored != null && !stored.isEmpty());
    }

    private Map<String, Object> message(String id, String contract) throws Exception {
        KyselyWS2A.Laskutus billing = new KyselyWS2A.Laskutus();
        billing.setTunniste(contract);
        billing.setSalasana(given("ids.print-password"));
        billing.setKustannuspaikka("Päiväkodit");
        KyselyWS2A query = new KyselyWS2A();
        query.setPaperi(false);
        query.setKohteet(new ArrayOfKohdeWS2A());
        query.getKohteet().getKohde().add(filled(new KohdeWS2A(), id));
        query.setTulostustoimittaja(given("ids.print-provider"));
        query.setLahetaTulostukseen(false);
        query.setLaskutus(billing);
        return told(port().lahetaViesti(caller(), query).getTilaKoodi());
    }

    private static XMLGregorianCalendar time(String text) throws Exception {
        return DatatypeFactory.newInstance().newXMLGregorianCalendar(text);
    }

    private static Map<String, Object> told(TilaKoodiWS state) {
        return Json.map(
            "TilaKoodi", state.getTilaKoodi(), "TilaKoodiKuvaus", state.getTilaKoodiKuvaus());
    }

    /** What the program sees when a call fails. */
    private static Map<String, Object> failure(Exception error) {
        Map<String, Object> seen = new LinkedHashMap<>();
        if (error instanceof SOAPFaultException fault) {
            seen.put("exception", "SOAPFaultException");
            seen.put("code", fault.getFault().getFaultCode());
            seen.put("text", fault.getFault().getFaultString());
        } else {
            seen.put("exception", error.getClass().getSimpleName());
            seen.put("text", error.getMessage());
        }
        return seen;
    }

    private static String given(String name) {
        return System.getenv("supplier." + name);
    }
}
