// An authority's receiver of the return channel on gSOAP, its classes made by wsdl2h and soapcpp2
// from the WSDL alone.
//
// The environment says receiver.authority, whose messages are taken; receiver.lose and
// receiver.fault, how many replies are to be lost after the message was stored, or to be a Fault
// before. The first line it writes is its address, then comes a line of JSON for each call. It is
// told to stop by a signal.

#include "ViranomaisPaluukanavaSoap.nsmap"
#include "json.hpp"
#include "soapViranomaisPaluukanavaSoapService.h"

#include <cstdlib>
#include <iostream>
#include <openssl/evp.h>
#include <set>
#include <string>
#include <vector>

namespace {

std::string given(const std::string &name) {
    const char *found = std::getenv(("receiver." + name).c_str());
    return found ? found : "";
}

std::string sha256(const char *data, int size) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    EVP_Digest(data, static_cast<std::size_t>(size), digest, &length, EVP_sha256(), nullptr);
    std::string written;
    for (unsigned int at = 0; at < length; at++) {
        char hex[3];
        std::snprintf(hex, sizeof hex, "%02x", digest[at]);
        written += hex;
    }
    return written;
}

class Receiver : public ViranomaisPaluukanavaSoapService {
  public:
    Receiver() : ViranomaisPaluukanavaSoapService(SOAP_C_UTFSTRING) {}

    ViranomaisPaluukanavaSoapService *copy() override { return nullptr; }

    int VieKohdeTiloja(
        _ns1__VieKohdeTiloja *request, _ns1__VieKohdeTilojaResponse &answer) override {
        std::string items;
        for (auto *item : request->Kysely->Kohteet->Kohde) {
            const auto &state = *item->Asiakas;
            items += (items.empty() ? "" : ", ") +
                     ("{\"ViranomaisTunniste\": " + quoted(item->ViranomaisTunniste)) +
                     ", \"AsiointitiliTunniste\": " + quoted(state.AsiointitiliTunniste) +
                     ", \"KohteenTila\": " + std::to_string(state.KohteenTila) +
                     ", \"AsiakasTunnus\": " + quoted(state.AsiakasTunnus) +
                     ", \"TunnusTyyppi\": " + quoted(state.TunnusTyyppi) + "}";
        }
        answer.VieKohdeTilojaResult = soap_new_ns1__Vastaus_USCOREWSPA4(soap);
        return received(
            "VieKohdeTiloja", *request->Viranomainen, items, answer.VieKohdeTilojaResult->TilaKoodi);
    }

    int VieKohteita(_ns1__VieKohteita *request, _ns1__VieKohteitaResponse &answer) override {
        auto *result = soap_new_ns1__Vastaus_USCOREWSPA5(soap);
        result->Kohteet = soap_new_ns1__ArrayOfKohde_USCOREWSPA5_USCOREV(soap);
        std::string items;
        for (auto *item : request->Kysely->Kohteet->Kohde) {
            auto *accepted = soap_new_ns1__Kohde_USCOREWSPA5_USCOREV(soap);
            accepted->AsiointitiliTunniste = item->AsiointitiliTunniste;
            accepted->KohteenTila = 200;
            result->Kohteet->Kohde.push_back(accepted);
            items += (items.empty() ? "" : ", ") +
                     ("{\"AsiakasTunnus\": " + quoted(item->Asiakas->AsiakasTunnus)) +
                     ", \"AsiointitiliTunniste\": " + quoted(item->AsiointitiliTunniste) +
                     ", \"Nimeke\": " + quoted(item->Nimeke) +
                     ", \"KuvausTeksti\": " + quoted(item->KuvausTeksti) +
                     ", \"files\": [" + files(item->Tiedostot) + "]}";
        }
        result->KohdeMaara = static_cast<int>(result->Kohteet->Kohde.size());
        answer.VieKohteitaResult = result;
        return received("VieKohteita", *request->Viranomainen, items, result->TilaKoodi);
    }

  private:
    std::set<std::string> stored_;
    int lose_ = std::stoi(given("lose"));
    int fault_ = std::stoi(given("fault"));

    // What both operations have in common: who may call, what is new, which reply is lost.
    int received(
        const std::string &operation, const ns1__Viranomainen &sender, const std::string &items,
        ns1__TilaKoodi_USCOREWS *&state) {
        const std::string *url = soap->header ? soap->header->ns1__paluukanavaUrl : nullptr;
        const std::string call = "{\"operation\": " + quoted(operation) +
                                 ", \"SanomaTunniste\": " + quoted(sender.SanomaTunniste) +
                                 ", \"paluukanavaUrl\": " + quoted(url);
        soap_noheader(); // or the header of the request goes back, to be understood
        if (*sender.ViranomaisTunnus != given("authority") || fault_-- > 0) {
            std::cout << call << ", \"outcome\": \"fault\"}" << std::endl;
            return soap_senderfault("Viestiä ei oteta vastaan €", nullptr);
        }
        const bool fresh = stored_.insert(*sender.SanomaTunniste).second;
        const bool lost = lose_-- > 0;
        std::cout << call << ", \"outcome\": " << (lost ? "\"lost\"" : "\"answered\"")
                  << ", \"new\": " << (fresh ? "true" : "false") << ", \"items\": [" << items
                  << "]}" << std::endl;
        if (lost) {
            soap_force_close_socket();
            return SOAP_STOP;
        }
        state = soap_new_ns1__TilaKoodi_USCOREWS(soap);
        state->TilaKoodi = 0;
        state->TilaKoodiKuvaus = soap_new_std__string(soap);
        *state->TilaKoodiKuvaus = "Vastaanotettu €";
        state->SanomaTunniste = sender.SanomaTunniste;
        return SOAP_OK;
    }

    std::string files(const ns1__ArrayOfTiedosto *list) {
        std::string written;
        if (!list) return written;
        for (auto *file : list->Tiedosto) {
            int size = 0;
            const char *content =
                soap_base642s(soap, file->TiedostoSisalto->c_str(), nullptr, 0, &size);
            written += (written.empty() ? "" : ", ") +
                       ("{\"TiedostoNimi\": " + quoted(file->TiedostoNimi)) +
                       ", \"sha256\": " + quoted(sha256(content, size)) + "}";
        }
        return written;
    }
};

} // namespace

int main() {
    Receiver receiver;
    receiver.soap->bind_flags = SO_REUSEADDR;
    receiver.bind("127.0.0.1", 0, 16);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(receiver.soap->master, reinterpret_cast<sockaddr *>(&address), &size);
    std::cout << "{\"url\": \"http://127.0.0.1:" << ntohs(address.sin_port) << "/paluukanava\"}"
              << std::endl;
    while (soap_valid_socket(receiver.accept())) {
        receiver.serve();
        receiver.destroy();
    }
}
