#!/usr/bin/perl
# A supplier's program on SOAP::Lite, written from the WSDL alone.
#
# SUPPLIER in the environment is JSON: wsdl, text, customers, ids and, for https, ca. The cases
# named as arguments run in their order; one JSON object a line says what the program saw.

use v5.36;
use utf8;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use SOAP::Lite;

my $json  = JSON::PP->new->canonical->ascii;
my $given = JSON::PP->new->utf8->decode( $ENV{SUPPLIER} );
my ( $ids, $customers, $text ) = $given->@{qw(ids customers text)};
my $period = [
    KyselyAlku  => '2026-01-01T00:00:00+02:00',
    KyselyLoppu => '2026-01-31T00:00:00+02:00',
];
my $service;

my %cases = (
    HaeTilaTieto => sub { told( status() ) },
    text         => sub {
        return { SanomaTunniste => status( SanomaTunniste => $text )->valueof('//TilaKoodi/SanomaTunniste') };
    },
    refusal       => sub { told( status( ViranomaisTunnus => 'TUNTEMATON' ) ) },
    HaeAsiakkaita => sub {
        states( $period, map { customer($_) } qw(active passive none company) );
    },
    nil => sub {
        states( [ KyselyAlku => undef, KyselyLoppu => undef ], customer('active') );
    },
    defaultType => sub {
        my $known = $customers->{active}{AsiakasTunnus};
        states( $period, SOAP::Data->name('Asiakas')->attr( { AsiakasTunnus => $known } ) );
    },
    LisaaKohteita => sub { items( item('kohde-1') ) },
    repeatedItem  => sub {
        items( item('kohde-2') );
        return items( item('kohde-2') );
    },
    attachment         => sub { items( item( 'kohde-3', file(2_000_000) ) ) },
    attachmentTooLarge => sub { items( item( 'kohde-4', file(2_000_001) ) ) },
    LahetaViesti       => sub { message('viesti-1') },
    repeatedMessage    => sub {
        message('viesti-2');
        return message('viesti-2');
    },
    fault        => sub { message( 'viesti-3', '0000' ) },
    missing      => sub { items( grep { $_->name ne 'Nimeke' } item('kohde-5') ) },
    wrongAddress => sub { told( status_at( $given->{wrong} ) ) },
    unsigned     => sub { told( status_at( $given->{signed} ) ) },
);

# An element of the account's namespace, with elements in it; undef is nil. Without types of its own
# SOAP::Lite escapes nothing.
sub element ( $name, $value ) {
    my $made = SOAP::Data->name($name);
    return $made->attr( { 'xsi:nil' => 'true' } ) if !defined $value;
    return $made->value( SOAP::Utils::encode_data($value) ) if !ref $value;
    return $made->value('')                       if !@$value;
    return $made->value( \SOAP::Data->value( elements($value) ) );
}

# Names and values that follow each other; what is an element already stays.
sub elements ($pairs) {
    my ( @rest, @made ) = @$pairs;
    while (@rest) {
        my $next = shift @rest;
        push @made, ref $next ? $next : element( $next, shift @rest );
    }
    return @made;
}

# What the WSDL says of the operations: address, namespace, SOAPAction.
sub service () {
    return $service //= do {
        my $schema = SOAP::Schema->new->schema_url( $given->{wsdl} )->parse;
        ( values $schema->services->%* )[0];
    };
}

sub call ( $operation, $address, @request ) {
    my $known  = service()->{$operation};
    my $action = $known->{soapaction};
    my $client = SOAP::Lite->proxy( $address // "$known->{endpoint}" )
        ->default_ns("$known->{namespace}")->on_action( sub { qq("$action") } )
        ->on_fault( sub ( $client, $answer ) { die ref $answer ? $answer : $client->transport->status . "\n" } );
    $client->autotype(0);
    return $client->call( $operation, elements( \@request ) );
}

sub caller_ (%more) {
    my @known = (
        ViranomaisTunnus => $ids->{authority},
        PalveluTunnus    => $ids->{service},
        SOAP::Data->name('Yhteyshenkilo')
            ->attr( { Nimi => 'Neuvonta', Sahkoposti => 'neuvonta@kunta.example' } ),
        SanomaTunniste     => 'perl-1',
        SanomaVersio       => '1.0',
        SanomaVarmenneNimi => $ids->{'certificate-name'},
    );
    for my $at ( 0 .. $#known - 1 ) {
        $known[ $at + 1 ] = $more{ $known[$at] } if !ref $known[$at] && exists $more{ $known[$at] };
    }
    return ( Viranomainen => \@known );
}

sub customer ( $role, @inside ) {
    my $made = SOAP::Data->name('Asiakas')->attr( $customers->{$role} );
    return @inside ? $made->value( \SOAP::Data->value( elements( \@inside ) ) ) : $made;
}

sub item ( $id, @files ) {
    my $address = [
        Nimi             => 'Testi Asiakas',
        Lahiosoite       => 'Testikatu 1',
        Postinumero      => '00100',
        Postitoimipaikka => 'Helsinki',
        Maa              => 'FI',
    ];
    return elements(
        [   customer( 'active', Osoite => $address ),
            ViranomaisTunniste => "$id $text",
            VaadiLukukuittaus  => 0,
            # 256 characters are allowed: one letter that arrives as two is too many.
            Nimeke       => substr( $text x 30, 0, 256 ),
            LahetysPvm   => '2026-01-31T12:00:00+02:00',
            KuvausTeksti => "Ensimmäinen rivi\n$text",
            ( @files ? ( Tiedostot => \@files ) : () ),
            LisaaOsoitesivu => 'false',
        ]
    );
}

sub file ($size) {
    my $content = substr "%PDF-1.4\n" . "\x00\xff\r\n" x ( $size / 4 ), 0, $size;
    return (
        Tiedosto => [
            TiedostonKuvaus => 'Päätös',
            TiedostoSisalto => encode_base64( $content, '' ),
            TiedostoKoko    => int( ( $size + 999 ) / 1000 ),
            TiedostoMuoto   => 'application/pdf',
            TiedostoNimi    => 'päätös_åäö.pdf',
        ]
    );
}

sub status (%more) {
    return call( 'HaeTilaTieto', undef, caller_(%more), Kysely => [] );
}

sub status_at ($address) {
    return call( 'HaeTilaTieto', $address, caller_(), Kysely => [] );
}

sub states ( $period, @asked ) {
    my $answer = call( 'HaeAsiakkaita', undef, caller_(),
        Kysely => [ KyselyLaji => 'Asiakkaat', @$period, Asiakkaat => \@asked ] );
    my @rows = map { [ $_->@{qw(AsiakasTunnus TunnusTyyppi)}, 0 + $_->{Tila}, 0 + $_->{TiliPassivoitu} ] }
        found( $answer, '//Asiakkaat/Asiakas' );
    return { told($answer)->%*, Asiakkaat => \@rows };
}

sub items (@item) {
    my $answer = call( 'LisaaKohteita', undef, caller_(),
        Kysely => [ KohdeMaara => 1, Kohteet => [ Kohde => \@item ] ] );
    my $id      = $answer->valueof('//Kohteet/Kohde/ViranomaisTunniste');
    my @targets = map {
        +{
            ViranomaisTunniste => $id,
            AsiakasTunnus      => $_->{AsiakasTunnus},
            KohteenTila        => 0 + $_->{KohteenTila},
            stored => $_->{AsiointitiliTunniste} ? JSON::PP::true : JSON::PP::false,
        }
    } found( $answer, '//Kohteet/Kohde/Asiakas' );
    my $count = 0 + $answer->valueof('//LisaaKohteitaResult/KohdeMaara');
    return { told($answer)->%*, KohdeMaara => $count, Kohteet => \@targets };
}

# Elements at a path: what stands in each, and its attributes.
sub found ( $answer, $path ) {
    my @attributes = map { $_->attr } $answer->dataof($path);
    return map { +{ %$_, ( shift @attributes )->%* } } $answer->valueof($path);
}

sub message ( $id, $contract = $ids->{'print-contract'} ) {
    my $answer = call(
        'LahetaViesti', undef, caller_(),
        Kysely => [
            Paperi             => 'false',
            Kohteet            => [ Kohde => [ item($id) ] ],
            Tulostustoimittaja => $ids->{'print-provider'},
            LahetaTulostukseen => 'false',
            Laskutus           => [
                Tunniste        => $contract,
                Salasana        => $ids->{'print-password'},
                Kustannuspaikka => 'Päiväkodit',
            ],
        ]
    );
    return told($answer);
}

sub told ($answer) {
    my $state = $answer->valueof('//TilaKoodi');
    return {
        TilaKoodi       => 0 + $state->{TilaKoodi},
        TilaKoodiKuvaus => $state->{TilaKoodiKuvaus},
    };
}

# What the program sees when a call fails.
sub failure ($error) {
    return { exception => 'SOAP::SOM', code => $error->faultcode, text => $error->faultstring }
        if ref $error;
    return { exception => 'die', text => $error };
}

$ENV{PERL_LWP_SSL_CA_FILE} = $given->{ca} if $given->{ca};
for my $name (@ARGV) {
    my $seen = eval { $cases{$name}->() } // failure($@);
    say $json->encode( { case => $name, seen => $seen } );
}
