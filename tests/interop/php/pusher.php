<?php
// A service on PHP's SoapClient that calls a supplier's listener, written from its WSDL alone.
//
// Arguments: address of the WSDL, and a text. It tells a state, tells it again, and brings what a
// citizen wrote; one JSON object a line says what it got.

declare(strict_types=1);

[, $wsdl, $text] = $argv;
$client = new SoapClient($wsdl, ['cache_wsdl' => WSDL_CACHE_NONE, 'connection_timeout' => 30]);
$sender = [
    'ViranomaisTunnus' => 'ESIMERKKIKUNTA',
    'PalveluTunnus' => 'ESIMERKKIKUNTA_VIESTIT',
    'SanomaTunniste' => 'php-1',
];
$customer = ['AsiakasTunnus' => '010100-9009', 'TunnusTyyppi' => 'SSN'];
$state = [
    'ViranomaisTunniste' => "r1-a $text",
    'Asiakas' => $customer + [
        'AsiointitiliTunniste' => 'AT000000000001',
        'KohteenTila' => 220,
        'KohteenTilaPvm' => '2026-11-02T10:00:00+02:00',
    ],
];
$written = [
    'Asiakas' => $customer,
    'AsiointitiliTunniste' => 'AK000000000001',
    'Nimeke' => $text,
    'LahetysPvm' => '2026-11-02T10:00:00+02:00',
    'KuvausTeksti' => "Ensimmäinen rivi\n$text",
];

function asked(array $sender, array $item): array
{
    return ['Viranomainen' => $sender, 'Kysely' => ['KohdeMaara' => 1, 'Kohteet' => ['Kohde' => [$item]]]];
}

function say(array $seen): void
{
    echo json_encode($seen, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR), "\n";
}

foreach ([1, 2] as $time) {
    $told = $client->VieKohdeTiloja(asked($sender, $state))->VieKohdeTilojaResult->TilaKoodi;
    say(['TilaKoodi' => $told->TilaKoodi, 'SanomaTunniste' => $told->SanomaTunniste]);
}
$taken = $client->VieKohteita(asked(['SanomaTunniste' => 'php-2'] + $sender, $written));
$taken = $taken->VieKohteitaResult;
say(['TilaKoodi' => $taken->TilaKoodi->TilaKoodi, 'KohteenTila' => $taken->Kohteet->Kohde->KohteenTila]);
try {
    $client->VieKohdeTiloja(asked($sender, ['ViranomaisTunniste' => 'r1-b'] + $state));
} catch (SoapFault $fault) {
    say(['fault' => $fault->faultcode]);
}
