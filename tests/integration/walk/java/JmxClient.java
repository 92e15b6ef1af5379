import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.management.Attribute;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.TabularData;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * A JMX client for tests: each line of stdin is a request in JSON, each line of stdout its answer.
 *
 * <p>An answer is {@code {"result": ...}} or {@code {"error": "CLASS: MESSAGE"}}. The first request connects; passwords
 * are in it, and so in no list of arguments.
 */
public final class JmxClient {
    private static final ObjectMapper JSON = new ObjectMapper();

    private MBeanServerConnection server;

    public static void main(String[] arguments) throws Exception {
        JmxClient client = new JmxClient();
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            System.out.println(JSON.writeValueAsString(client.answer(JSON.readTree(line))));
        }
        // A connection that failed may leave threads that are no daemons.
        System.exit(0);
    }

    private Map<String, Object> answer(JsonNode request) {
        Map<String, Object> answer = new TreeMap<>();
        try {
            answer.put("result", plain(act(request)));
        } catch (Exception | LinkageError e) {
            answer.put("error", told(e));
        }
        return answer;
    }

    private Object act(JsonNode request) throws Exception {
        return switch (request.get("action").asText()) {
            case "connect" -> connect(request);
            case "beans" -> names(request);
            case "read" -> read(request);
            case "get" -> server.getAttribute(bean(request), request.get("attribute").asText());
            case "set" -> set(request);
            case "invoke" -> invoke(request);
            default -> throw new IllegalArgumentException(request.toString());
        };
    }

    private Object connect(JsonNode request) throws Exception {
        Map<String, Object> environment = new TreeMap<>();
        if (request.has("user")) {
            String[] credentials = {request.get("user").asText(), request.get("password").asText()};
            environment.put("jmx.remote.credentials", credentials);
        }
        JMXServiceURL url = new JMXServiceURL(request.get("url").asText());
        server = JMXConnectorFactory.connect(url, environment).getMBeanServerConnection();
        return server.getDefaultDomain();
    }

    private List<String> names(JsonNode request) throws Exception {
        ObjectName pattern = new ObjectName(request.get("pattern").asText());
        return server.queryNames(pattern, null).stream().map(ObjectName::getCanonicalName).sorted().toList();
    }

    /** Returns every attribute of every bean of a pattern as a pair of flag and value, or flag and failure. */
    private Map<String, Object> read(JsonNode request) throws Exception {
        Map<String, Object> beans = new TreeMap<>();
        for (String name : names(request)) {
            beans.put(name, attributes(new ObjectName(name)));
        }
        return beans;
    }

    private Map<String, Object> attributes(ObjectName bean) {
        Map<String, Object> outcomes = new TreeMap<>();
        try {
            for (MBeanAttributeInfo each : server.getMBeanInfo(bean).getAttributes()) {
                outcomes.put(each.getName(), outcome(bean, each.getName()));
            }
        } catch (Exception | LinkageError e) {
            outcomes.put("(its description)", List.of(false, told(e)));
        }
        return outcomes;
    }

    private List<Object> outcome(ObjectName bean, String attribute) {
        List<Object> pair = new ArrayList<>();
        try {
            Object value = plain(server.getAttribute(bean, attribute));
            pair.addAll(List.of(true));
            pair.add(value);
        } catch (Exception | LinkageError e) {
            pair.addAll(List.of(false, told(e)));
        }
        return pair;
    }

    private Object set(JsonNode request) throws Exception {
        Object value = JSON.treeToValue(request.get("value"), Object.class);
        server.setAttribute(bean(request), new Attribute(request.get("attribute").asText(), value));
        return null;
    }

    private Object invoke(JsonNode request) throws Exception {
        Object[] arguments = JSON.treeToValue(request.get("arguments"), Object[].class);
        String[] signature = JSON.treeToValue(request.get("signature"), String[].class);
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof List<?> list) {
                arguments[i] = list.toArray(new String[0]);
            }
        }
        return server.invoke(bean(request), request.get("operation").asText(), arguments, signature);
    }

    private static ObjectName bean(JsonNode request) throws Exception {
        return new ObjectName(request.get("bean").asText());
    }

    /** Returns a value as JSON knows it; what it does not know is told by its text. */
    private static Object plain(Object value) {
        if (value == null || value instanceof Number || value instanceof Boolean || value instanceof String) {
            return value;
        }
        if (value instanceof CompositeData data) {
            Map<String, Object> fields = new TreeMap<>();
            data.getCompositeType().keySet().forEach(key -> fields.put(key, plain(data.get(key))));
            return fields;
        }
        if (value instanceof TabularData data) {
            return data.values().stream().map(JmxClient::plain).toList();
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> fields = new TreeMap<>();
            map.forEach((key, each) -> fields.put(String.valueOf(key), plain(each)));
            return fields;
        }
        return value.getClass().isArray() || value instanceof List ? elements(value) : String.valueOf(value);
    }

    private static List<Object> elements(Object value) {
        Object array = value instanceof List<?> list ? list.toArray() : value;
        List<Object> elements = new ArrayList<>();
        for (int i = 0; i < Array.getLength(array); i++) {
            elements.add(plain(Array.get(array, i)));
        }
        return elements;
    }

    private static String told(Throwable thrown) {
        StringBuilder text = new StringBuilder(thrown.toString());
        for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
            text.append("; caused by ").append(cause);
        }
        return text.toString();
    }
}
