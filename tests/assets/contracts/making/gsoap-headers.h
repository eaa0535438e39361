//gsoap ns service name: orders
//gsoap ns service namespace: urn:example:gsoap
//gsoap ns service location: http://localhost:8000/orders
//gsoap ns schema namespace: urn:example:gsoap
//gsoap ns schema form: unqualified
//gsoap ns service style: document
//gsoap ns service encoding: literal
typedef char *xsd__string;
typedef int xsd__int;
struct ns__refused { xsd__string reason 1:1; };
struct SOAP_ENV__Header { xsd__string ns__token; };
struct SOAP_ENV__Detail { struct ns__refused *ns__refused; int __type; void *fault; };
//gsoap ns service method-action: place "urn:example:gsoap/place"
//gsoap ns service method-header-part: place ns__token
//gsoap ns service method-fault: place ns__refused
int ns__place(xsd__string number, xsd__int *id);
