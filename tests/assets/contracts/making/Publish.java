import java.util.List;
import javax.jws.*;
import javax.jws.soap.SOAPBinding;
import javax.xml.bind.annotation.*;
import javax.xml.ws.*;

public class Publish {
    @XmlType(namespace = "urn:example:jaxws:types") @XmlAccessorType(XmlAccessType.FIELD)
    public static class Line { @XmlElement(required = true) public String product; public int count; @XmlAttribute(required = true) public Kind kind; }
    public enum Kind { SMALL, LARGE }
    @XmlType(namespace = "urn:example:jaxws:types") @XmlAccessorType(XmlAccessType.FIELD)
    public static class Order { @XmlElement(nillable = true) public String number; public List<Line> line; }
    public static class Refused extends Exception { public Refused(String text) { super(text); } }

    @WebService(serviceName = "Orders", targetNamespace = "urn:example:jaxws")
    public static class Wrapped {
        @WebMethod(action = "urn:example:jaxws/place") public int place(@WebParam(name = "order") Order order) throws Refused { return 1; }
        @WebMethod @Oneway public void forget(@WebParam(name = "number") String number) { }
        @WebMethod public int headed(@WebParam(name = "token", header = true) String token, @WebParam(name = "number") String number) { return 1; }
    }
    @WebService(serviceName = "Orders", targetNamespace = "urn:example:jaxws") @SOAPBinding(parameterStyle = SOAPBinding.ParameterStyle.BARE)
    public static class Bare {
        @WebMethod @WebResult(name = "placed") public int place(@WebParam(name = "order") Order order) { return 1; }
    }
    @WebService(serviceName = "Orders", targetNamespace = "urn:example:jaxws") @SOAPBinding(style = SOAPBinding.Style.RPC)
    public static class Rpc {
        @WebMethod public int place(@WebParam(name = "order") Order order, @WebParam(name = "priority") int priority) { return 1; }
    }
    public static void main(String[] args) {
        Endpoint.publish("http://127.0.0.1:18765/bare", new Bare());
        Endpoint.publish("http://127.0.0.1:18765/rpc", new Rpc());
        System.out.println("ready");
    }
}
