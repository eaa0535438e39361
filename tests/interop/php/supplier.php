<?php
// A supplier's program on PHP's SoapClient, written from the WSDL alone.
//
// SUPPLIER in the environment is JSON: wsdl, text, customers, ids and, for https, ca. The cases
// named as arguments run in their order; one JSON object a line says what the program saw.

declare(strict_types=1);

final class Supplier
{
    private const PDF = "%PDF-1.4\n";

    private readonly SoapClient $client;

    public function __construct(private readonly array $given)
    {
        $this->client = $this->connect();
    }

    public function HaeTilaTieto(): array
    {
        return $this->told($this->status($this->caller())->HaeTilaTietoResult->TilaKoodi);
    }

    public function text(): array
    {
        $caller = $this->caller(['SanomaTunniste' => $this->given['text']]);
        $told = $this->status($caller)->HaeTilaTietoResult->TilaKoodi;
        return ['SanomaTunniste' => $told->SanomaTunniste];
    }

    public function refusal(): array
    {
        $caller = $this->caller(['ViranomaisTunnus' => 'TUNTEMATON']);
        return $this->told($this->status($caller)->HaeTilaTietoResult->TilaKoodi);
    }

    public function HaeAsiakkaita(): array
    {
        $asked = array_map($this->customer(...), ['active', 'passive', 'none', 'company']);
        return $this->states($asked, '2026-01-01T00:00:00+02:00', '2026-01-31T00:00:00+02:00');
    }

    public function nil(): array
    {
        return $this->states([$this->customer('active')], null, null);
    }

    public function defaultType(): array
    {
        $asked = ['AsiakasTunnus' => $this->customer('active')['AsiakasTunnus']];
        return $this->states([$asked], '2026-01-01T00:00:00+02:00', '2026-01-31T00:00:00+02:00');
    }

    public function LisaaKohteita(): array
    {
        return $this->items($this->item('kohde-1'));
    }

    public function repeatedItem(): array
    {
        $this->items($this->item('kohde-2'));
        return $this->items($this->item('kohde-2'));
    }

    public function attachment(): array
    {
        return $this->items($this->item('kohde-3', $this->file(2_000_000)));
    }

    public function attachmentTooLarge(): array
    {
        return $this->items($this->item('kohde-4', $this->file(2_000_001)));
    }

    public function LahetaViesti(): array
    {
        return $this->message($this->item('viesti-1'));
    }

    public function repeatedMessage(): array
    {
        $this->message($this->item('viesti-2'));
        return $this->message($this->item('viesti-2'));
    }

    public function fault(): array
    {
        return $this->message($this->item('viesti-3'), '0000');
    }

    public function missing(): array
    {
        $item = $this->item('kohde-5');
        unset($item['Nimeke']);
        return $this->items($item);
    }

    public function wrongAddress(): array
    {
        $client = $this->connect(['location' => $this->given['wrong']]);
        return $this->told($this->status($this->caller(), $client)->HaeTilaTietoResult->TilaKoodi);
    }

    public function unsigned(): array
    {
        $client = $this->connect(['location' => $this->given['signed']]);
        return $this->told($this->status($this->caller(), $client)->HaeTilaTietoResult->TilaKoodi);
    }

    private function connect(array $more = []): SoapClient
    {
        $ca = $this->given['ca'] ?? null;
        $tls = $ca === null ? [] : ['cafile' => $ca];
        return new SoapClient($this->given['wsdl'], $more + [
            'cache_wsdl' => WSDL_CACHE_NONE,
            'connection_timeout' => 30,
            'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
            'stream_context' => stream_context_create(['ssl' => $tls]),
        ]);
    }

    private function caller(array $more = []): array
    {
        return $more + [
            'ViranomaisTunnus' => $this->given['ids']['authority'],
            'PalveluTunnus' => $this->given['ids']['service'],
            'Yhteyshenkilo' => ['Nimi' => 'Neuvonta', 'Sahkoposti' => 'neuvonta@kunta.example'],
            'SanomaTunniste' => 'php-1',
            'SanomaVersio' => '1.0',
            'SanomaVarmenneNimi' => $this->given['ids']['certificate-name'],
        ];
    }

    private function customer(string $role): array
    {
        return $this->given['customers'][$role];
    }

    private function item(string $id, ?array $file = null): array
    {
        $files = $file === null ? [] : ['Tiedostot' => ['Tiedosto' => [$file]]];
        $address = [
            'Nimi' => 'Testi Asiakas',
            'Lahiosoite' => 'Testikatu 1',
            'Postinumero' => '00100',
            'Postitoimipaikka' => 'Helsinki',
            'Maa' => 'FI',
        ];
        return $files + [
            'Asiakas' => [$this->customer('active') + ['Osoite' => $address]],
            'ViranomaisTunniste' => "$id {$this->given['text']}",
            'VaadiLukukuittaus' => 0,
            // 256 characters are allowed: one letter that arrives as two is too many.
            'Nimeke' => iconv_substr(str_repeat($this->given['text'], 30), 0, 256, 'UTF-8'),
            'LahetysPvm' => '2026-01-31T12:00:00+02:00',
            'KuvausTeksti' => "Ensimmäinen rivi\n{$this->given['text']}",
            'LisaaOsoitesivu' => false,
        ];
    }

    private function file(int $size): array
    {
        return [
            'TiedostonKuvaus' => 'Päätös',
            'TiedostoSisalto' => str_pad(self::PDF, $size, "\x00\xff\r\n"),
            'TiedostoKoko' => (string) intdiv($size + 999, 1000),
            'TiedostoMuoto' => 'application/pdf',
            'TiedostoNimi' => 'päätös_åäö.pdf',
        ];
    }

    private function status(array $caller, ?SoapClient $client = null): object
    {
        $client ??= $this->client;
        return $client->HaeTilaTieto(['Viranomainen' => $caller, 'Kysely' => []]);
    }

    private function states(array $asked, ?string $from, ?string $until): array
    {
        $answer = $this->client->HaeAsiakkaita([
            'Viranomainen' => $this->caller(),
            'Kysely' => [
                'KyselyLaji' => 'Asiakkaat',
                'KyselyAlku' => $from,
                'KyselyLoppu' => $until,
                'Asiakkaat' => ['Asiakas' => $asked],
            ],
        ]);
        $result = $answer->HaeAsiakkaitaResult;
        $states = static fn(object $each): array => [
            $each->AsiakasTunnus,
            $each->TunnusTyyppi,
            $each->Tila,
            $each->TiliPassivoitu,
        ];
        return $this->told($result->TilaKoodi)
            + ['Asiakkaat' => array_map($states, $result->Asiakkaat->Asiakas)];
    }

    private function items(array $item): array
    {
        $answer = $this->client->LisaaKohteita([
            'Viranomainen' => $this->caller(),
            'Kysely' => ['KohdeMaara' => 1, 'Kohteet' => ['Kohde' => [$item]]],
        ]);
        $result = $answer->LisaaKohteitaResult;
        $targets = [];
        foreach ($result->Kohteet->Kohde as $kohde) {
            foreach ($kohde->Asiakas as $asiakas) {
                $targets[] = [
                    'ViranomaisTunniste' => $kohde->ViranomaisTunniste,
                    'AsiakasTunnus' => $asiakas->AsiakasTunnus,
                    'KohteenTila' => $asiakas->KohteenTila,
                    'stored' => ($asiakas->AsiointitiliTunniste ?? '') !== '',
                ];
            }
        }
        return $this->told($result->TilaKoodi)
            + ['KohdeMaara' => $result->KohdeMaara, 'Kohteet' => $targets];
    }

    private function message(array $item, string $contract = ''): array
    {
        $ids = $this->given['ids'];
        $answer = $this->client->LahetaViesti([
            'Viranomainen' => $this->caller(),
            'Kysely' => [
                'Paperi' => false,
                'Kohteet' => ['Kohde' => [$item]],
                'Tulostustoimittaja' => $ids['print-provider'],
                'LahetaTulostukseen' => false,
                'Laskutus' => [
                    'Tunniste' => $contract ?: $ids['print-contract'],
                    'Salasana' => $ids['print-password'],
                    'Kustannuspaikka' => 'Päiväkodit',
                ],
            ],
        ]);
        return $this->told($answer->LahetaViestiResult->TilaKoodi);
    }

    private function told(object $state): array
    {
        return ['TilaKoodi' => $state->TilaKoodi, 'TilaKoodiKuvaus' => $state->TilaKoodiKuvaus];
    }
}

/** What the program sees when a call fails. */
function failure(Throwable $error): array
{
    $fault = $error instanceof SoapFault ? ['code' => $error->faultcode] : [];
    return ['exception' => $error::class] + $fault + ['text' => $error->getMessage()];
}

set_error_handler(static fn(): bool => true, E_WARNING); // the exception says it again
$given = json_decode((string) getenv('SUPPLIER'), true, flags: JSON_THROW_ON_ERROR);
$supplier = null;
foreach (array_slice($argv, 1) as $case) {
    try {
        $supplier ??= new Supplier($given);
        $seen = $supplier->$case();
    } catch (Throwable $error) {
        $seen = failure($error);
    }
    $flags = JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR;
    echo json_encode(['case' => $case, 'seen' => $seen], $flags), "\n";
}
