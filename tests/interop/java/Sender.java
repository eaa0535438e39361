import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.xml.datatype.DatatypeFactory;
import javax.xml.datatype.XMLGregorianCalendar;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.WebServiceException;
import javax.xml.ws.handler.Handler;
import viranomaispalvelut.*;

/**
 * A supplier's system on JAX-WS RI, its classes made by wsimport from the WSDL alone: it sends items
 * and letters, and sends again what it does not know to have arrived.
 *
 * <p>The environment says supplier.wsdl, supplier.ids and so on. Each line read names a step; when
 * it is done, one JSON object a line says how.
 */
final class Sender {
    private static final String TITLE = "Päätös asiassanne";
    private static final byte[] SMALL = bytes("%PDF-1.4\n%%EOF\n");
    private static final byte[] LARGE =
        bytes("%PDF-1.4\n" + "% a page of a decision\n".repeat(50_000) + "%%EOF\n");

    private final Viranomaispalvelut port;
    private final List<Call> waiting = new ArrayList<>();

    private interface Call {
        void make() throws Exception;
    }

    public static void main(String[] none) throws Exception {
        Sender sender = new Sender();
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String step = lines.readLine(); step != null; step = lines.readLine()) {
            String failed = "";
            try {
                sender.act(step);
            } catch (Exception error) {
                failed = String.valueOf(error.getMessage());
            }
            System.out.println(Json.object("step", step, "failed", failed));
        }
    }

    private Sender() throws Exception {
        port = connected();
    }

    private void act(String step) throws Exception {
        switch (step) {
            case "health-is-asked#1" -> port.haeTilaTieto(caller(), new KyselyWS10());
            case "customer-is-asked-about#1" -> reachable("active");
            case "item-to-active-customer#1" -> item("active");
            case "item-with-attachment#1" -> send(filled("active", TITLE, LARGE));
            case "letter-to-active-customer#1" -> letter("active");
            case "customer-without-account-gets-paper#1" -> letter("none");
            case "passive-customer-gets-no-item#1" -> {
                if (reachable("passive")) item("passive");
            }
            case "two-recipients-get-two-ids#1" -> {
                for (String role : List.of("second-active", "company")) item(role);
            }
            case "any-letter-arrives-as-it-is#1" ->
                send(filled("new-sign", "Päätös Åke Öhmanille – 5 €", null));
            case "follow-up-refers-to-its-item#1" -> itemWithFollowUp("second-active");
            case "item-is-sent-again-after-a-lost-answer#1" -> item("reading");
            case "letter-is-sent-again-after-a-lost-answer#1" -> letter("reading");
            case "item-waits-for-the-end-of-a-break#1" -> item("slow");
            case "item-waits-for-the-end-of-a-break#2" -> sendWhatWaits();
            case "fault-starts-no-storm#1" -> item("storage");
            case "signed-call-is-taken#1" ->
                signedPort().haeTilaTieto(caller(), new KyselyWS10());
            default -> { } // there is nothing to do but wait
        }
    }

    /** Whether an item may be sent: the account is active and was not made passive. */
    private boolean reachable(String role) {
        KyselyWS1 query = new KyselyWS1();
        query.setKyselyLaji("Asiakkaat");
        query.setAsiakkaat(new ArrayOfAsiakas());
        query.getAsiakkaat().getAsiakas().add(customer(role));
        AsiakasJaTilaWS1 state =
            port.haeAsiakkaita(caller(), query).getAsiakkaat().getAsiakas().get(0);
        return state.getTila() == 300 && state.getTiliPassivoitu() == 0;
    }

    private void itemWithFollowUp(String role) throws Exception {
        KohdeWS2 first = filled(role, TITLE, null);
        first.setVaadiLukukuittaus(1);
        send(first);
        ViittausWS link = new ViittausWS();
        link.setViittausTunniste(first.getViranomaisTunniste());
        link.setViittausTunnisteTyyppi("ViranomaisTunniste");
        KohdeWS2 second = filled(role, TITLE, null);
        second.setViittaus(link);
        send(second);
    }

    private void item(String role) throws Exception {
        send(filled(role, TITLE, null));
    }

    private void send(KohdeWS2 item) throws Exception {
        KyselyWS2 query = new KyselyWS2();
        query.setKohdeMaara(1);
        query.setKohteet(new ArrayOfKohdeWS2());
        query.getKohteet().getKohde().add(item);
        Viranomainen caller = caller();
        deliver(() -> port.lisaaKohteita(caller, query));
    }

    /** A letter is printed for whoever has no account; a test is never printed. */
    private void letter(String role) throws Exception {
        KyselyWS2A.Laskutus billing = new KyselyWS2A.Laskutus();
        billing.setTunniste(given("ids.print-contract"));
        billing.setSalasana(given("ids.print-password"));
        KyselyWS2A query = new KyselyWS2A();
        query.setPaperi(false);
        query.setKohteet(new ArrayOfKohdeWS2A());
        query.getKohteet().getKohde().add(filled(new KohdeWS2A(), role, TITLE, SMALL));
        query.setTulostustoimittaja(given("ids.print-provider"));
        query.setLahetaTulostukseen(false);
        query.setLaskutus(billing);
        Viranomainen caller = caller();
        deliver(() -> port.lahetaViesti(caller, query));
    }

    private KohdeWS2 filled(String role, String title, byte[] pdf) throws Exception {
        return filled(new KohdeWS2(), role, title, pdf);
    }

    private <T extends KohdeWS2> T filled(T made, String role, String title, byte[] pdf)
            throws Exception {
        made.getAsiakas().add(addressed(role));
        made.setViranomaisTunniste("jaxws-" + UUID.randomUUID());
        made.setNimeke(title);
        made.setLahetysPvm(now());
        made.setKuvausTeksti("Asiassanne on tehty päätös.");
        if (pdf != null) {
            made.setTiedostot(new ArrayOfTiedosto());
            made.getTiedostot().getTiedosto().add(file(pdf));
        }
        return made;
    }

    private static Tiedosto file(byte[] pdf) {
        Tiedosto made = new Tiedosto();
        made.setTiedostonKuvaus("Päätös");
        made.setTiedostoSisalto(pdf);
        made.setTiedostoKoko(String.valueOf((pdf.length + 999) / 1000));
        made.setTiedostoMuoto("application/pdf");
        made.setTiedostoNimi("päätös.pdf");
        return made;
    }

    private static Asiakas customer(String role) {
        Asiakas made = new Asiakas();
        made.setAsiakasTunnus(given("customers." + role + ".AsiakasTunnus"));
        made.setTunnusTyyppi(given("customers." + role + ".TunnusTyyppi"));
        return made;
    }

    private static Asiakas addressed(String role) {
        Osoite address = new Osoite();
        address.setNimi("Testi Asiakas");
        address.setLahiosoite("Testikatu 1");
        address.setPostinumero("00100");
        address.setPostitoimipaikka("HELSINKI");
        address.setMaa("FI");
        Asiakas made = customer(role);
        made.setOsoite(address);
        return made;
    }

    private static Viranomainen caller() {
        Viranomainen made = new Viranomainen();
        made.setViranomaisTunnus(given("ids.authority"));
        made.setPalveluTunnus(given("ids.service"));
        made.setSanomaTunniste(UUID.randomUUID().toString());
        made.setSanomaVersio("1.0");
        made.setSanomaVarmenneNimi(given("ids.certificate-name"));
        return made;
    }

    private static XMLGregorianCalendar now() throws Exception {
        String text = OffsetDateTime.now().truncatedTo(ChronoUnit.MILLIS).toString();
        return DatatypeFactory.newInstance().newXMLGregorianCalendar(text);
    }

    /** Sends until it is known to have arrived; a Fault or another status than 200 makes it wait. */
    private void deliver(Call call) throws Exception {
        for (int attempt = 0; attempt < 2; attempt++) {
            try {
                call.make(); // 520 and 525 for a repetition: it had arrived
                return;
            } catch (WebServiceException error) {
                if (!(error.getCause() instanceof IOException)) break;
                // The answer is lost: the very same message again.
            }
        }
        waiting.add(call);
    }

    /** Sends again, under its old ids, what has not arrived. */
    private void sendWhatWaits() throws Exception {
        List<Call> held = List.copyOf(waiting);
        waiting.clear();
        for (Call call : held) deliver(call);
    }

    private static Viranomaispalvelut connected() throws Exception {
        URL wsdl = new URL(given("wsdl"));
        return new ViranomaispalvelutService(wsdl).getPort(Viranomaispalvelut.class);
    }

    @SuppressWarnings("rawtypes") // so says the interface
    private static Viranomaispalvelut signedPort() throws Exception {
        Viranomaispalvelut made = connected();
        BindingProvider provider = (BindingProvider) made;
        provider
            .getRequestContext()
            .put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, given("signed"));
        Wss wss = new Wss(Path.of(given("own")), Path.of(given("trusted")));
        provider.getBinding().setHandlerChain(List.<Handler>of(new Signed(wss, true, false)));
        return made;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String given(String name) {
        return System.getenv("supplier." + name);
    }
}
