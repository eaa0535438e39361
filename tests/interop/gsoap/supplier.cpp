// A supplier's program on gSOAP, its classes made by wsdl2h and soapcpp2 from the WSDL alone.
//
// The environment says supplier.wsdl, supplier.text, supplier.ids and so on; for signed calls
// supplier.own, a PEM file of key and certificate. The cases named as
// arguments run in their order; one JSON object a line says what the program saw.

#include "ViranomaispalvelutSoap.nsmap"
#include "json.hpp"
#include "plugin/wsseapi.h"
#include "soapViranomaispalvelutSoapProxy.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace {

using Item = ns1__Kohde_USCOREWS2;
using Period = std::pair<time_t *, time_t *>;

// A call that failed.
struct Failed {
    std::string code, text;
};

std::string given(const std::string &name) {
    const char *found = std::getenv(("supplier." + name).c_str());
    return found ? found : "";
}

// What requests point to lives as long as the program.
template <class T> T *kept(T value) {
    static std::deque<T> all;
    all.push_back(std::move(value));
    return &all.back();
}

std::string *text(std::string value) { return kept(std::move(value)); }

class Supplier {
  public:
    // A signing supplier calls the signed address; its messages are written in canonical form.
    explicit Supplier(bool signing = false)
        : proxy_(signing ? SOAP_C_UTFSTRING | SOAP_XML_CANONICAL : SOAP_C_UTFSTRING),
          signing_(signing) {
        const std::string wsdl = given("wsdl"), ca = given("ca");
        endpoint_ = signing ? given("signed") : wsdl.substr(0, wsdl.find('?'));
        soap_ssl_init();
        soap_ssl_client_context(
            proxy_.soap, SOAP_SSL_DEFAULT, nullptr, nullptr, ca.empty() ? nullptr : ca.c_str(),
            ca.empty() ? "/etc/ssl/certs" : nullptr, nullptr);
    }

    std::string run(const std::string &name) {
        const std::map<std::string, std::function<std::string()>> cases = {
            {"HaeTilaTieto", [&] { return told(status(caller())); }},
            {"text", [&] { return echoed(); }},
            {"refusal", [&] { return refusal(); }},
            {"HaeAsiakkaita",
             [&] { return states(january(), {"active", "passive", "none", "company"}); }},
            {"nil", [&] { return states({nullptr, nullptr}, {"active"}); }},
            {"defaultType", [&] { return states(january(), {"active"}, false); }},
            {"LisaaKohteita", [&] { return items(item("kohde-1")); }},
            {"repeatedItem",
             [&] { return items(item("kohde-2")), items(item("kohde-2")); }},
            {"attachment", [&] { return items(item("kohde-3", 2000000)); }},
            {"attachmentTooLarge", [&] { return items(item("kohde-4", 2000001)); }},
            {"LahetaViesti", [&] { return message("viesti-1"); }},
            {"repeatedMessage",
             [&] { return message("viesti-2"), message("viesti-2"); }},
            {"fault", [&] { return message("viesti-3", "0000"); }},
            {"missing", [&] { return missing(); }},
            {"wrongAddress", [&] { return told(status(caller(), given("wrong"))); }},
            {"unsigned", [&] { return told(status(caller(), given("signed"))); }},
            {"signedCall", [&] { return Supplier(true).run("HaeTilaTieto"); }},
            {"signedAttachment", [&] { return Supplier(true).signedAttachment(); }},
            {"signedLines", [&] { return Supplier(true).items(item("kohde-7")); }},
        };
        try {
            return cases.at(name)();
        } catch (const Failed &failed) {
            const std::string code =
                failed.code.empty() ? "" : ", \"code\": " + quoted(failed.code);
            return "{\"exception\": \"error\"" + code + ", \"text\": " + quoted(failed.text) + "}";
        }
    }

  private:
    ViranomaispalvelutSoapProxy proxy_;
    bool signing_;
    std::string endpoint_;

    // Signs the next call: Body, Timestamp and token.
    void sign() {
        if (!signing_) return;
        soap *soap = proxy_.soap;
        soap_register_plugin(soap, soap_wsse);
        std::FILE *file = std::fopen(given("own").c_str(), "r");
        EVP_PKEY *key = PEM_read_PrivateKey(file, nullptr, nullptr, nullptr);
        X509 *certificate = PEM_read_X509(file, nullptr, nullptr, nullptr);
        std::fclose(file);
        soap_wsse_add_Timestamp(soap, "Time", 60);
        soap_wsse_add_BinarySecurityTokenX509(soap, "Token", certificate);
        soap_wsse_add_KeyInfo_SecurityTokenReferenceX509(soap, "#Token");
        soap_wsse_sign_body(soap, SOAP_SMD_SIGN_RSA_SHA256, key, 0);
    }

    std::string signedAttachment() {
        Item sent = item("kohde-6", 2000000);
        sent.KuvausTeksti = given("text");
        return items(sent);
    }

    // Throws what the toolkit says of a call that failed.
    void done(int error) {
        if (error == SOAP_OK) return;
        soap *soap = proxy_.soap;
        soap_set_fault(soap);
        const char **code = const_cast<const char **>(soap_faultcode(soap));
        const char **words = const_cast<const char **>(soap_faultstring(soap));
        const bool fault = soap->error == SOAP_FAULT && *code;
        throw Failed{fault ? *code : "", *words ? *words : ""};
    }

    static ns1__Viranomainen *caller() {
        static int number = 0; // two equal calls in one second would have one signature
        ns1__Yhteyshenkilo contact;
        contact.Nimi = text("Neuvonta");
        contact.Sahkoposti = text("neuvonta@kunta.example");
        ns1__Viranomainen made;
        made.ViranomaisTunnus = text(given("ids.authority"));
        made.PalveluTunnus = given("ids.service");
        made.Yhteyshenkilo = kept(contact);
        made.SanomaTunniste = text("gsoap-" + std::to_string(++number));
        made.SanomaVersio = text("1.0");
        made.SanomaVarmenneNimi = text(given("ids.certificate-name"));
        return kept(made);
    }

    static ns1__Asiakas customer(const std::string &role) {
        ns1__Asiakas made;
        made.AsiakasTunnus = text(given("customers." + role + ".AsiakasTunnus"));
        made.TunnusTyyppi = given("customers." + role + ".TunnusTyyppi");
        return made;
    }

    static ns1__Asiakas *addressed() {
        ns1__Osoite address;
        address.Nimi = "Testi Asiakas";
        address.Lahiosoite = "Testikatu 1";
        address.Postinumero = "00100";
        address.Postitoimipaikka = "Helsinki";
        ns1__Asiakas made = customer("active");
        made.Osoite = kept(address);
        return kept(made);
    }

    template <class T = Item> static T item(const std::string &id, int size = 0) {
        T made;
        made.Asiakas.push_back(addressed());
        made.ViranomaisTunniste = text(id + " " + given("text"));
        made.VaadiLukukuittaus = kept(0);
        made.Nimeke = title();
        made.LahetysPvm = moment("2026-01-31T10:00:00Z");
        made.KuvausTeksti = "Ensimmäinen rivi\n" + given("text");
        if (size) {
            ns1__ArrayOfTiedosto files;
            files.Tiedosto.push_back(file(size));
            made.Tiedostot = kept(files);
        }
        made.LisaaOsoitesivu = kept(false);
        return made;
    }

    // 256 characters are allowed: one letter that arrives as two is too many.
    static std::string title() {
        std::string made;
        for (int characters = 0; characters < 256;) {
            for (unsigned char each : given("text")) {
                const bool begins = (each & 0xc0) != 0x80;
                if (begins && characters++ == 256) return made;
                made += static_cast<char>(each);
            }
        }
        return made;
    }

    static ns1__Tiedosto *file(int size) {
        static const std::string pdf = "%PDF-1.4\n", filling("\0\xff\r\n", 4);
        std::vector<unsigned char> content(pdf.begin(), pdf.end());
        for (int at = 0; static_cast<int>(content.size()) < size; at++)
            content.push_back(static_cast<unsigned char>(filling[at % 4]));
        xsd__base64Binary bytes;
        bytes.__ptr = kept(content)->data();
        bytes.__size = size;
        ns1__Tiedosto made;
        made.TiedostonKuvaus = text("Päätös");
        made.TiedostoSisalto = kept(bytes);
        made.TiedostoKoko = text(std::to_string((size + 999) / 1000));
        made.TiedostoMuoto = text("application/pdf");
        made.TiedostoNimi = text("päätös_åäö.pdf");
        return kept(made);
    }

    static time_t moment(const char *text) {
        std::tm parts{};
        strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
        return timegm(&parts);
    }

    static Period january() {
        return {kept(moment("2025-12-31T22:00:00Z")), kept(moment("2026-01-30T22:00:00Z"))};
    }

    ns1__TilaKoodi_USCOREWS &status(ns1__Viranomainen *caller, const std::string &where = "") {
        _ns1__HaeTilaTieto request;
        request.Viranomainen = caller;
        request.Kysely = kept(ns1__Kysely_USCOREWS10());
        _ns1__HaeTilaTietoResponse answer;
        const std::string &address = where.empty() ? endpoint_ : where;
        sign();
        done(proxy_.HaeTilaTieto(address.c_str(), nullptr, &request, answer));
        return *answer.HaeTilaTietoResult->TilaKoodi;
    }

    std::string echoed() {
        ns1__Viranomainen *sent = caller();
        sent->SanomaTunniste = text(given("text"));
        return "{\"SanomaTunniste\": " + quoted(*status(sent).SanomaTunniste) + "}";
    }

    std::string refusal() {
        ns1__Viranomainen *sent = caller();
        sent->ViranomaisTunnus = text("TUNTEMATON");
        return told(status(sent));
    }

    std::string states(Period period, std::vector<std::string> roles, bool typed = true) {
        ns1__ArrayOfAsiakas asked;
        for (const std::string &role : roles) {
            ns1__Asiakas *each = kept(customer(role));
            if (!typed) each->TunnusTyyppi = ns1__Asiakas().TunnusTyyppi;
            asked.Asiakas.push_back(each);
        }
        ns1__Kysely_USCOREWS1 query;
        query.KyselyLaji = text("Asiakkaat");
        query.KyselyAlku = period.first;
        query.KyselyLoppu = period.second;
        query.Asiakkaat = &asked;
        _ns1__HaeAsiakkaita request;
        request.Viranomainen = caller();
        request.Kysely = &query;
        _ns1__HaeAsiakkaitaResponse answer;
        sign();
        done(proxy_.HaeAsiakkaita(endpoint_.c_str(), nullptr, &request, answer));
        std::string rows;
        for (auto *each : answer.HaeAsiakkaitaResult->Asiakkaat->Asiakas)
            rows += (rows.empty() ? "[" : ", [") + quoted(*each->AsiakasTunnus) + ", " +
                    quoted(*each->TunnusTyyppi) + ", " + std::to_string(each->Tila) + ", " +
                    std::to_string(each->TiliPassivoitu) + "]";
        return told(*answer.HaeAsiakkaitaResult->TilaKoodi, ", \"Asiakkaat\": [" + rows + "]");
    }

    std::string missing() {
        Item sent = item("kohde-5");
        sent.Nimeke.clear(); // a required element cannot be left out, only be empty
        return items(sent);
    }

    std::string items(Item sent) {
        ns1__ArrayOfKohde_USCOREWS2 list;
        list.Kohde.push_back(&sent);
        ns1__Kysely_USCOREWS2 query;
        query.KohdeMaara = 1;
        query.Kohteet = &list;
        _ns1__LisaaKohteita request;
        request.Viranomainen = caller();
        request.Kysely = &query;
        _ns1__LisaaKohteitaResponse answer;
        sign();
        done(proxy_.LisaaKohteita(endpoint_.c_str(), nullptr, &request, answer));
        auto *result = answer.LisaaKohteitaResult;
        std::string targets;
        for (auto *kohde : result->Kohteet->Kohde)
            for (auto *each : kohde->Asiakas)
                targets += (targets.empty() ? "" : ", ") + target(*kohde->ViranomaisTunniste, *each);
        return told(
            *result->TilaKoodi, ", \"KohdeMaara\": " + std::to_string(*result->KohdeMaara) +
                                    ", \"Kohteet\": [" + targets + "]");
    }

    static std::string target(const std::string &id, const ns1__AsiakasJaKohteenTila &state) {
        const std::string *stored = state.AsiointitiliTunniste;
        return "{\"ViranomaisTunniste\": " + quoted(id) +
               ", \"AsiakasTunnus\": " + quoted(*state.AsiakasTunnus) +
               ", \"KohteenTila\": " + std::to_string(state.KohteenTila) +
               ", \"stored\": " + (stored && !stored->empty() ? "true" : "false") + "}";
    }

    std::string message(const std::string &id, const std::string &contract = "") {
        auto sent = item<ns1__Kohde_USCOREWS2A>(id);
        ns1__ArrayOfKohde_USCOREWS2A list;
        list.Kohde.push_back(&sent);
        _ns1__Kysely_USCOREWS2A_Laskutus billing;
        billing.Tunniste = contract.empty() ? given("ids.print-contract") : contract;
        billing.Salasana = text(given("ids.print-password"));
        billing.Kustannuspaikka = text("Päiväkodit");
        ns1__Kysely_USCOREWS2A query;
        query.Paperi = kept(false);
        query.Kohteet = &list;
        query.Tulostustoimittaja = given("ids.print-provider");
        query.LahetaTulostukseen = kept(false);
        query.Laskutus = &billing;
        _ns1__LahetaViesti request;
        request.Viranomainen = caller();
        request.Kysely = &query;
        _ns1__LahetaViestiResponse answer;
        sign();
        done(proxy_.LahetaViesti(endpoint_.c_str(), nullptr, &request, answer));
        return told(*answer.LahetaViestiResult->TilaKoodi);
    }

    static std::string told(const ns1__TilaKoodi_USCOREWS &state, const std::string &more = "") {
        return "{\"TilaKoodi\": " + std::to_string(state.TilaKoodi) +
               ", \"TilaKoodiKuvaus\": " + quoted(*state.TilaKoodiKuvaus) + more + "}";
    }
};

} // namespace

int main(int count, char **arguments) {
    Supplier supplier;
    for (int at = 1; at < count; at++) {
        const std::string name = arguments[at];
        std::cout << "{\"case\": " << quoted(name) << ", \"seen\": " << supplier.run(name) << "}"
                  << std::endl;
    }
}
