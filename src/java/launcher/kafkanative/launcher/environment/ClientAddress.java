package kafkanative.launcher.environment;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import kafkanative.launcher.LauncherException;

/**
 * Where a node can be asked from this very machine.
 *
 * @param host name or address
 * @param port TCP port
 * @param protocol PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL
 * @param isController whether the listener is for controllers
 * @param tls the listener's properties that begin with {@code ssl.}
 */
public record ClientAddress(String host, int port, String protocol, boolean isController, Map<String, String> tls) {
    /**
     * The listener of a node that is easiest to ask: one without encryption and credentials, if there is one.
     *
     * @param environment of the node
     * @return its address
     */
    public static ClientAddress of(NodeEnvironment environment) {
        SettingTable table = environment.settings();
        List<String> controllers =
            List.of(table.get("controller.listener.names").orElse("").toUpperCase(Locale.ROOT).split("\\s*,\\s*"));
        List<ClientAddress> all = table.get("listeners").or(() -> Optional.of("PLAINTEXT://:9092"))
            .flatMap(Address::parse).orElseThrow(() -> unreadable(table))
            .stream().map(each -> at(each, protocol(each, table), controllers.contains(each.name()), tls(each, table)))
            .toList();
        List<ClientAddress> clients = all.stream().filter(each -> !each.isController).toList();
        List<ClientAddress> candidates = clients.isEmpty() ? all : clients;
        return candidates.stream().filter(each -> each.protocol.equals("PLAINTEXT")).findFirst()
            .or(() -> candidates.stream().filter(each -> each.protocol.equals("SSL")).findFirst())
            .orElse(candidates.get(0));
    }

    /**
     * Reads HOST:PORT; of several between commas, the first.
     *
     * @param server such as localhost:9092
     * @return the address, PLAINTEXT
     */
    public static ClientAddress parse(String server) {
        return Address.parse("PLAINTEXT://" + server.split(",")[0]).filter(all -> !all.get(0).host().isEmpty())
            .map(all -> at(all.get(0), "PLAINTEXT", false, Map.of()))
            .orElseThrow(() -> LauncherException.settings("reading --bootstrap-server " + server
                + ": it is not of the form HOST:PORT").hint("for example localhost:9092"));
    }

    /** @return HOST:PORT */
    public String server() {
        return host + ":" + port;
    }

    private static ClientAddress at(Address listener, String protocol, boolean isController, Map<String, String> tls) {
        return new ClientAddress(listener.isOnAllAddresses() ? "127.0.0.1" : listener.host(), listener.port(), protocol,
            isController, tls);
    }

    /** What is given for the listener by name goes over what is given for all. */
    private static Map<String, String> tls(Address listener, SettingTable table) {
        Map<String, String> found = new HashMap<>();
        for (String prefix : List.of("", "listener.name." + listener.name().toLowerCase(Locale.ROOT) + ".")) {
            table.all().stream().filter(setting -> setting.name().startsWith(prefix + "ssl."))
                .forEach(setting -> found.put(setting.name().substring(prefix.length()), setting.value()));
        }
        return found;
    }

    private static String protocol(Address listener, SettingTable table) {
        for (String pair : table.get("listener.security.protocol.map").orElse("").split(",")) {
            String[] parts = pair.strip().split(":");
            if (parts.length == 2 && parts[0].equalsIgnoreCase(listener.name())) {
                return parts[1].toUpperCase(Locale.ROOT);
            }
        }
        return listener.name();
    }

    private static LauncherException unreadable(SettingTable table) {
        return LauncherException.settings("reading the listeners " + table.get("listeners").orElse("")
            + ": one is not of the form NAME://HOST:PORT").hint("give the address with --bootstrap-server");
    }
}
