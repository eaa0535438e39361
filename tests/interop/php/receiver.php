<?php
// An authority's receiver of the return channel on PHP's SoapServer, written from the WSDL alone.
//
// RECEIVER in the environment is JSON: wsdl, a file; authority, whose messages are taken; lose and
// fault, how many replies are to be lost after the message was stored, or to be a Fault before. The
// first line it writes is its address, then comes a line of JSON for each call. It is told to stop
// by a signal.

declare(strict_types=1);

function say(array $line): void
{
    // Not by echo: what is echoed while a call is handled is the answer.
    $flags = JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR;
    fwrite(STDOUT, json_encode($line, $flags) . "\n");
}

final class Receiver
{
    public bool $lost = false;
    private ?string $url = null;

    /** @param resource $memory what is remembered between calls, as JSON */
    public function __construct(private string $authority, private $memory)
    {
    }

    /** The header of both operations; comes before them. */
    public function paluukanavaUrl(string $url): void
    {
        $this->url = $url;
    }

    public function VieKohdeTiloja(object $request): array
    {
        $items = array_map($this->state(...), $request->Kysely->Kohteet->Kohde);
        $state = $this->received('VieKohdeTiloja', $request, $items);
        return ['VieKohdeTilojaResult' => ['TilaKoodi' => $state]];
    }

    public function VieKohteita(object $request): array
    {
        $items = array_map($this->message(...), $request->Kysely->Kohteet->Kohde);
        $state = $this->received('VieKohteita', $request, $items);
        $accepted = static fn(array $item): array => [
            'AsiointitiliTunniste' => $item['AsiointitiliTunniste'],
            'KohteenTila' => 200,
        ];
        return ['VieKohteitaResult' => [
            'TilaKoodi' => $state,
            'KohdeMaara' => count($items),
            'Kohteet' => ['Kohde' => array_map($accepted, $items)],
        ]];
    }

    /** What both operations have in common: who may call, what is new, which reply is lost. */
    private function received(string $operation, object $request, array $items): array
    {
        $id = $request->Viranomainen->SanomaTunniste;
        $call = [
            'operation' => $operation,
            'SanomaTunniste' => $id,
            'paluukanavaUrl' => $this->url,
        ];
        rewind($this->memory);
        $known = json_decode((string) stream_get_contents($this->memory), true);
        $stranger = $request->Viranomainen->ViranomaisTunnus !== $this->authority;
        $refused = $stranger || $known['fault']-- > 0;
        $this->lost = !$refused && $known['lose']-- > 0;
        $new = !in_array($id, $known['stored'], true);
        if (!$refused) {
            $known['stored'][] = $id;
        }
        ftruncate($this->memory, 0);
        rewind($this->memory);
        fwrite($this->memory, json_encode($known, JSON_THROW_ON_ERROR));
        if ($refused) {
            say($call + ['outcome' => 'fault']);
            throw new SoapFault('Client', 'Viestiä ei oteta vastaan €');
        }
        $outcome = $this->lost ? 'lost' : 'answered';
        say($call + ['outcome' => $outcome, 'new' => $new, 'items' => $items]);
        return [
            'TilaKoodi' => 0,
            'TilaKoodiKuvaus' => 'Vastaanotettu €',
            'SanomaTunniste' => $id,
        ];
    }

    private function state(object $item): array
    {
        return [
            'ViranomaisTunniste' => $item->ViranomaisTunniste,
            'AsiointitiliTunniste' => $item->Asiakas->AsiointitiliTunniste,
            'KohteenTila' => $item->Asiakas->KohteenTila,
            'AsiakasTunnus' => $item->Asiakas->AsiakasTunnus,
            'TunnusTyyppi' => $item->Asiakas->TunnusTyyppi,
        ];
    }

    private function message(object $item): array
    {
        $file = static fn(object $file): array => [
            'TiedostoNimi' => $file->TiedostoNimi,
            'sha256' => hash('sha256', base64_decode($file->TiedostoSisalto, true)),
        ];
        return [
            'AsiakasTunnus' => $item->Asiakas->AsiakasTunnus,
            'AsiointitiliTunniste' => $item->AsiointitiliTunniste,
            'Nimeke' => $item->Nimeke,
            'KuvausTeksti' => $item->KuvausTeksti,
            'files' => array_map($file, $item->Tiedostot->Tiedosto ?? []),
        ];
    }
}

/** The body of one HTTP request. */
function body($connection): string
{
    $length = 0;
    while (($line = fgets($connection)) !== false && trim($line) !== '') {
        if (stripos($line, 'content-length:') === 0) {
            $length = (int) substr($line, 15);
        }
    }
    return (string) stream_get_contents($connection, $length);
}

/** Answers one call; what SoapServer refuses itself ends the process, so each has its own. */
function serve($connection, Receiver $receiver, string $wsdl): void
{
    register_shutdown_function(static function () use ($connection, $receiver): void {
        $answer = (string) ob_get_clean();
        $status = http_response_code() ?: 200;
        $head = "HTTP/1.1 $status Status\r\nContent-Type: text/xml; charset=utf-8\r\n"
            . 'Content-Length: ' . strlen($answer) . "\r\nConnection: close\r\n\r\n";
        if (!$receiver->lost) {
            fwrite($connection, $head . $answer);
        }
    });
    $server = new SoapServer($wsdl, [
        'cache_wsdl' => WSDL_CACHE_NONE,
        'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    ]);
    $server->setObject($receiver);
    $request = body($connection);
    ob_start();
    $server->handle($request);
}

$given = json_decode((string) getenv('RECEIVER'), true, flags: JSON_THROW_ON_ERROR);
$memory = tmpfile();
fwrite($memory, json_encode(['lose' => $given['lose'], 'fault' => $given['fault'], 'stored' => []]));
$listening = stream_socket_server('tcp://127.0.0.1:0');
say(['url' => 'http://' . stream_socket_get_name($listening, false) . '/paluukanava']);
while (($connection = @stream_socket_accept($listening, -1)) !== false) {
    if (pcntl_fork() === 0) {
        serve($connection, new Receiver($given['authority'], $memory), $given['wsdl']);
        exit;
    }
    fclose($connection);
    pcntl_wait($status);
}
