#!/usr/bin/perl
# An authority's receiver of the return channel on SOAP::Lite, written from the WSDL by hand:
# SOAP::Lite serves without it.
#
# RECEIVER in the environment is JSON: authority, whose messages are taken; fault, how many replies
# are to be a Fault. The first line it writes is its address, then comes a line of JSON for each
# call. It is told to stop by a signal.

use v5.36;
use utf8;

package Receiver;
use Digest::SHA qw(sha256_hex);
use JSON::PP ();
use MIME::Base64 qw(decode_base64);
use SOAP::Lite;
use SOAP::Transport::HTTP;
our @ISA = ('SOAP::Server::Parameters');    # methods get the whole message as last argument

my $given = JSON::PP->new->utf8->decode( $ENV{RECEIVER} );
my $json  = JSON::PP->new->canonical->ascii;
my %stored;

sub say_line (%line) { say $json->encode( \%line ) }

sub VieKohdeTiloja ( $class, @arguments ) {
    my $message = pop @arguments;
    my @items   = map {
        +{
            $_->%{qw(ViranomaisTunniste)},
            $_->{Asiakas}->%{qw(AsiointitiliTunniste AsiakasTunnus TunnusTyyppi)},
            KohteenTila => 0 + $_->{Asiakas}{KohteenTila},
        }
    } items($message);
    return result( 'VieKohdeTiloja', received( 'VieKohdeTiloja', $message, @items ) );
}

sub VieKohteita ( $class, @arguments ) {
    my $message = pop @arguments;
    my @items   = map {
        my $files = $_->{Tiedostot} ? $_->{Tiedostot}{Tiedosto} : [];
        my @files = map {
            +{
                TiedostoNimi => $_->{TiedostoNimi},
                sha256       => sha256_hex( decode_base64( $_->{TiedostoSisalto} ) ),
            }
        } ref $files eq 'ARRAY' ? @$files : $files;
        +{
            $_->%{qw(AsiointitiliTunniste Nimeke KuvausTeksti)},
            AsiakasTunnus => $_->{Asiakas}{AsiakasTunnus},
            files         => \@files,
        }
    } items($message);
    my @accepted = map {
        element( Kohde => element( AsiointitiliTunniste => $_->{AsiointitiliTunniste} ),
            element( KohteenTila => 200 ) )
    } @items;
    return result(
        'VieKohteita', received( 'VieKohteita', $message, @items ),
        element( KohdeMaara => scalar @items ), element( Kohteet => @accepted )
    );
}

# What both operations have in common: who may call, what is new, which reply is lost.
sub received ( $operation, $message, @items ) {
    my $sender = $message->valueof('//Viranomainen');
    my $id     = $sender->{SanomaTunniste};
    my %call   = (
        operation      => $operation,
        SanomaTunniste => $id,
        paluukanavaUrl => $message->valueof('//Header/paluukanavaUrl'),
    );
    if ( $sender->{ViranomaisTunnus} ne $given->{authority} || $given->{fault}-- > 0 ) {
        say_line( %call, outcome => 'fault' );
        die SOAP::Fault->faultcode('Client')->faultstring('Viestiä ei oteta vastaan €');
    }
    my $new = $stored{$id}++ ? JSON::PP::false : JSON::PP::true;
    say_line( %call, outcome => 'answered', new => $new, items => \@items );
    return element(
        TilaKoodi => element( TilaKoodi => 0 ),
        element( TilaKoodiKuvaus => 'Vastaanotettu €' ), element( SanomaTunniste => $id )
    );
}

# Items with what stands in them and in the attributes of their customer.
sub items ($message) {
    my $path = '//Kysely/Kohteet/Kohde';
    my @attributes = map { $_->attr } $message->dataof("$path/Asiakas");
    return map {
        my $customer = ref $_->{Asiakas} ? $_->{Asiakas} : {};
        +{ %$_, Asiakas => { %$customer, ( shift @attributes )->%* } }
    } $message->valueof($path);
}

sub result ( $operation, @inside ) { return element( "${operation}Result" => @inside ) }

# An element; without types of its own SOAP::Lite escapes nothing.
sub element ( $name, @inside ) {
    my $made = SOAP::Data->name($name);
    return ref $inside[0]
        ? $made->value( \SOAP::Data->value(@inside) )
        : $made->value( SOAP::Utils::encode_data( $inside[0] ) );
}

package main;

$| = 1;
my $namespace = 'http://www.suomi.fi/asiointitili';
my $daemon    = SOAP::Transport::HTTP::Daemon->new( LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 5 );
$daemon->serializer->default_ns($namespace)->autotype(0);
$daemon->serializer->encodingStyle('');
$daemon->dispatch_with( { $namespace => 'Receiver' } );
$daemon->on_action( sub { } );
Receiver::say_line( url => $daemon->url . 'paluukanava' );
$daemon->handle;
