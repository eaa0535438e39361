//gsoap ns service name: echo
//gsoap ns service namespace: urn:echo
//gsoap ns service style: document
//gsoap ns service encoding: literal
int ns__ask(char *text, char **answer);
