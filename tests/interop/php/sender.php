<?php
// A supplier's system on PHP's SoapClient, written from the WSDL alone: it sends items and letters,
// and sends again what it does not know to have arrived.
//
// SUPPLIER in the environment is JSON: wsdl, customers and ids. Each line read names a step; when it
// is done, one JSON object a line says how.

declare(strict_types=1);

final class Sender
{
    private const TITLE = 'Päätös asiassanne';
    private const PDF = "%PDF-1.4\n%%EOF\n";

    private readonly SoapClient $client;
    private array $waiting = [];

    public function __construct(private readonly array $given)
    {
        $this->client = new SoapClient($given['wsdl'], [
            'cache_wsdl' => WSDL_CACHE_NONE,
            'connection_timeout' => 30,
            'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
        ]);
    }

    public function act(string $step): void
    {
        match ($step) {
            'health-is-asked#1' => $this->call('HaeTilaTieto', $this->request([])),
            'customer-is-asked-about#1' => $this->reachable('active'),
            'item-to-active-customer#1' => $this->item('active'),
            'item-with-attachment#1' => $this->item('active', pdf: $this->large()),
            'letter-to-active-customer#1' => $this->letter('active'),
            'customer-without-account-gets-paper#1' => $this->letter('none'),
            'passive-customer-gets-no-item#1' => $this->notify('passive'),
            'two-recipients-get-two-ids#1' => $this->sameTo('second-active', 'company'),
            'any-letter-arrives-as-it-is#1' =>
                $this->item('new-sign', 'Päätös Åke Öhmanille – 5 €'),
            'follow-up-refers-to-its-item#1' => $this->itemWithFollowUp('second-active'),
            'item-is-sent-again-after-a-lost-answer#1' => $this->item('reading'),
            'letter-is-sent-again-after-a-lost-answer#1' => $this->letter('reading'),
            'item-waits-for-the-end-of-a-break#1' => $this->item('slow'),
            'item-waits-for-the-end-of-a-break#2' => $this->sendWhatWaits(),
            'fault-starts-no-storm#1' => $this->item('storage'),
            default => null, // there is nothing to do but wait
        };
    }

    /** Whether an item may be sent: the account is active and was not made passive. */
    private function reachable(string $role): bool
    {
        $answer = $this->call('HaeAsiakkaita', $this->request([
            'KyselyLaji' => 'Asiakkaat',
            'KyselyAlku' => null,
            'KyselyLoppu' => null,
            'Asiakkaat' => ['Asiakas' => [$this->given['customers'][$role]]],
        ]));
        $state = $answer->HaeAsiakkaitaResult->Asiakkaat->Asiakas[0];
        return $state->Tila === 300 && $state->TiliPassivoitu === 0;
    }

    private function notify(string $role): void
    {
        if ($this->reachable($role)) {
            $this->item($role);
        }
    }

    /** The same text to several customers, an item for each. */
    private function sameTo(string ...$roles): void
    {
        foreach ($roles as $role) {
            $this->item($role);
        }
    }

    private function itemWithFollowUp(string $role): void
    {
        $first = $this->item($role, more: ['VaadiLukukuittaus' => 1]);
        $this->item($role, more: ['Viittaus' => [
            'ViittausTunniste' => $first,
            'ViittausTunnisteTyyppi' => 'ViranomaisTunniste',
        ]]);
    }

    private function item(
        string $role, string $title = self::TITLE, ?string $pdf = null, array $more = [],
    ): string {
        $item = $more + $this->content($role, $title, $pdf);
        $this->deliver('LisaaKohteita', $this->request([
            'KohdeMaara' => 1,
            'Kohteet' => ['Kohde' => [$item]],
        ]));
        return $item['ViranomaisTunniste'];
    }

    /** A letter is printed for whoever has no account; a test is never printed. */
    private function letter(string $role): void
    {
        $ids = $this->given['ids'];
        $this->deliver('LahetaViesti', $this->request([
            'Paperi' => false,
            'Kohteet' => ['Kohde' => [$this->content($role, self::TITLE, self::PDF)]],
            'Tulostustoimittaja' => $ids['print-provider'],
            'LahetaTulostukseen' => false,
            'Laskutus' => [
                'Tunniste' => $ids['print-contract'],
                'Salasana' => $ids['print-password'],
            ],
        ]));
    }

    private function content(string $role, string $title, ?string $pdf): array
    {
        $file = fn(): array => [
            'TiedostonKuvaus' => 'Päätös',
            'TiedostoSisalto' => $pdf,
            'TiedostoKoko' => (string) intdiv(strlen($pdf) + 999, 1000),
            'TiedostoMuoto' => 'application/pdf',
            'TiedostoNimi' => 'päätös.pdf',
        ];
        $address = [
            'Nimi' => 'Testi Asiakas',
            'Lahiosoite' => 'Testikatu 1',
            'Postinumero' => '00100',
            'Postitoimipaikka' => 'HELSINKI',
            'Maa' => 'FI',
        ];
        return [
            'Asiakas' => [$this->given['customers'][$role] + ['Osoite' => $address]],
            'ViranomaisTunniste' => $this->newId(),
            'Nimeke' => $title,
            'LahetysPvm' => date(DATE_ATOM),
            'KuvausTeksti' => 'Asiassanne on tehty päätös.',
        ] + ($pdf === null ? [] : ['Tiedostot' => ['Tiedosto' => [$file()]]]);
    }

    private function large(): string
    {
        return str_pad(self::PDF, 1_000_000, "% a page of a decision\n");
    }

    private function request(array $query): array
    {
        return [
            'Viranomainen' => [
                'ViranomaisTunnus' => $this->given['ids']['authority'],
                'PalveluTunnus' => $this->given['ids']['service'],
                'SanomaTunniste' => $this->newId(),
                'SanomaVersio' => '1.0',
                'SanomaVarmenneNimi' => $this->given['ids']['certificate-name'],
            ],
            'Kysely' => $query,
        ];
    }

    private function newId(): string
    {
        return 'php-' . bin2hex(random_bytes(16));
    }

    /** Sends until it is known to have arrived; a Fault or another status makes it wait. */
    private function deliver(string $operation, array $request): void
    {
        for ($attempt = 0; $attempt < 2; $attempt++) {
            try {
                $this->call($operation, $request); // 520 and 525: a repetition, it had arrived
                return;
            } catch (SoapFault $error) {
                // PHP has no other sign of an answer that got lost.
                if ($error->getMessage() !== 'Error Fetching http headers') {
                    break;
                }
            }
        }
        $this->waiting[] = [$operation, $request];
    }

    /** Sends again, under its old ids, what has not arrived. */
    private function sendWhatWaits(): void
    {
        $waiting = $this->waiting;
        $this->waiting = [];
        foreach ($waiting as [$operation, $request]) {
            $this->deliver($operation, $request);
        }
    }

    private function call(string $operation, array $request): object
    {
        return $this->client->$operation($request);
    }
}

set_error_handler(static fn(): bool => true, E_WARNING | E_NOTICE); // the exception says it again
$sender = new Sender(json_decode((string) getenv('SUPPLIER'), true, flags: JSON_THROW_ON_ERROR));
while (($line = fgets(STDIN)) !== false) {
    $step = trim($line);
    $failed = '';
    try {
        $sender->act($step);
    } catch (Throwable $error) {
        $failed = $error->getMessage();
    }
    $flags = JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR;
    echo json_encode(['step' => $step, 'failed' => $failed], $flags), "\n";
}
