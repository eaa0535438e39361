//gsoap ns service name: orders
//gsoap ns service namespace: urn:example:gsoap
//gsoap ns service location: http://localhost:8000/orders
//gsoap ns schema namespace: urn:example:gsoap
//gsoap ns schema form: qualified
//gsoap ns service style: rpc
//gsoap ns service encoding: literal
typedef char *xsd__string;
typedef int xsd__int;
enum ns__Kind { SMALL, LARGE };
struct ns__Line { xsd__string product 1:1; xsd__int count 0:1; enum ns__Kind kind 1:1; };
struct ns__Order { @xsd__string number 1:1; int __sizeline; struct ns__Line *line 0:99; };
struct ns__placeResponse { xsd__int id; };
//gsoap ns service method-action: place "urn:example:gsoap/place"
int ns__place(struct ns__Order *order, xsd__int priority, struct ns__placeResponse *result);
//gsoap ns service method-action: forget "urn:example:gsoap/forget"
int ns__forget(xsd__string number, void);
