package kafkanative.launcher.environment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import kafkanative.launcher.LauncherException;

/**
 * What a node cannot do without: an id, roles, listeners, a quorum. Each is set only when the user gives none.
 *
 * <p>The values are those of the server.properties in upstream's image; what upstream derives (listeners from advertised
 * listeners) is derived here as well. The controller listener of a lone node is bound to the loopback address, since
 * nobody else has a use for it.
 */
final class NodeRules {
    private static final String DEFAULT = "default (node)";
    private static final String LISTENERS = "listeners";
    private static final String ADVERTISED = "advertised.listeners";
    private static final String ROLES = "process.roles";
    private static final String CONTROLLER_NAMES = "controller.listener.names";
    private static final String PROTOCOLS = "listener.security.protocol.map";
    private static final String VOTERS = "controller.quorum.voters";
    private static final String BOOTSTRAP = "controller.quorum.bootstrap.servers";
    private static final String INTER_BROKER = "inter.broker.listener.name";
    private static final String LOOPBACK = "127.0.0.1";
    private static final int CLIENT_PORT = 9092;
    private static final int CONTROLLER_PORT = 9093;

    private final SettingTable table;

    NodeRules(SettingTable table) {
        this.table = table;
    }

    /** Upstream's {@code configure} script does this much, whatever else is given. */
    void deriveListeners() {
        if (isControllerOnly()) {
            rejectAdvertised();
        } else if (!table.has(LISTENERS)) {
            table.get(ADVERTISED).flatMap(Address::parse).ifPresent(advertised -> table.set(LISTENERS,
                Address.join(advertised.stream().map(each -> each.at("0.0.0.0")).toList()), "derived from " + ADVERTISED));
        }
    }

    /** Fills in what is missing. */
    void complete() {
        if (!table.has("broker.id")) {
            table.setUnlessGiven("node.id", "1", DEFAULT);
        }
        table.setUnlessGiven(ROLES, "broker,controller", DEFAULT);
        table.setUnlessGiven(CONTROLLER_NAMES, "CONTROLLER", DEFAULT);
        if (!table.has(LISTENERS)) {
            List<Address> ours = isController() && !isBroker()
                ? List.of() : List.of(new Address("PLAINTEXT", "", CLIENT_PORT));
            table.set(LISTENERS, Address.join(withController(ours)), DEFAULT);
        } else {
            addControllerListener();
        }
        advertise();
        setVoters();
        mapProtocols();
        nameInterBrokerListener();
    }

    /** Whether the node is a cluster of its own, as far as its configuration tells. */
    boolean isAlone() {
        return isBroker() && isController() && hasOneController();
    }

    /** Whether no other controller is named; such a cluster is for development, with nothing to fail over to. */
    boolean hasOneController() {
        return List.of(VOTERS, BOOTSTRAP).stream()
            .noneMatch(name -> table.get(name).filter(value -> value.contains(",")).isPresent());
    }

    private void rejectAdvertised() {
        if (table.get(ADVERTISED).filter(value -> !value.isEmpty()).isPresent()
            && table.source(ADVERTISED).orElse("").startsWith("variable")) {
            throw LauncherException.settings("reading the variables: KAFKA_ADVERTISED_LISTENERS is given, but the node "
                + "is a controller only, which advertises nothing to clients").hint("leave it out");
        }
        if (table.get(ADVERTISED).filter(String::isEmpty).isPresent()) {
            table.remove(ADVERTISED);
        }
    }

    private void addControllerListener() {
        List<Address> given = table.get(LISTENERS).flatMap(Address::parse).orElse(List.of());
        boolean isThere = given.stream().anyMatch(each -> controllerNames().contains(each.name()));
        if (isController() && !given.isEmpty() && !isThere) {
            String source = table.source(LISTENERS).orElse("") + ", with a controller listener";
            table.set(LISTENERS, Address.join(withController(given)), source);
        }
    }

    private List<Address> withController(List<Address> clients) {
        List<Address> all = new ArrayList<>(clients);
        if (isController()) {
            int port = CONTROLLER_PORT;
            while (isTaken(clients, port)) {
                port++;
            }
            String host = table.has(VOTERS) || table.has(BOOTSTRAP) || clients.isEmpty() ? "" : LOOPBACK;
            all.add(new Address(controllerNames().get(0), host, port));
        }
        return all;
    }

    private static boolean isTaken(List<Address> clients, int port) {
        return clients.stream().anyMatch(each -> each.port() == port);
    }

    /** Kafka would advertise this host's name, or refuse 0.0.0.0; of a lone node, its own machine is who asks. */
    private void advertise() {
        List<Address> clients = clientListeners();
        if (!table.has(ADVERTISED) && isAlone() && clients.stream().anyMatch(Address::isOnAllAddresses)) {
            table.set(ADVERTISED, Address.join(clients.stream()
                .map(each -> each.isOnAllAddresses() ? each.at("localhost") : each).toList()), "derived from " + LISTENERS);
        }
    }

    private void setVoters() {
        if (!isController() || table.has(VOTERS) || table.has(BOOTSTRAP)) {
            return;
        }
        Optional<Address> controller = listeners().stream()
            .filter(each -> controllerNames().contains(each.name())).findFirst();
        controller.ifPresent(each -> {
            String id = table.get("node.id").or(() -> table.get("broker.id")).orElse("1");
            String host = each.isOnAllAddresses() ? LOOPBACK : each.host();
            table.set(VOTERS, id + "@" + host + ":" + each.port(), "derived from " + LISTENERS);
        });
    }

    private void mapProtocols() {
        Map<String, String> plain = Map.of("PLAINTEXT", "PLAINTEXT", "SSL", "SSL", "SASL_PLAINTEXT", "SASL_PLAINTEXT",
            "SASL_SSL", "SASL_SSL");
        if (table.has(PROTOCOLS)) {
            addMissing(plain);
            return;
        }
        List<String> pairs = new ArrayList<>();
        controllerNames().forEach(name -> pairs.add(name + ":PLAINTEXT"));
        new TreeSet<>(plain.keySet()).forEach(name -> pairs.add(name + ":" + name));
        table.set(PROTOCOLS, String.join(",", pairs), DEFAULT);
    }

    /** The user's map says nothing of a listener that we added, or of one that is named as its protocol is. */
    private void addMissing(Map<String, String> plain) {
        String map = table.get(PROTOCOLS).orElseThrow();
        Set<String> mapped = new TreeSet<>();
        for (String pair : map.split(",")) {
            mapped.add(pair.strip().split(":")[0].toUpperCase(Locale.ROOT));
        }
        StringBuilder added = new StringBuilder();
        for (Address listener : listeners()) {
            boolean isController = controllerNames().contains(listener.name());
            String protocol = plain.getOrDefault(listener.name(), isController ? "PLAINTEXT" : null);
            if (protocol != null && mapped.add(listener.name())) {
                added.append(',').append(listener.name()).append(':').append(protocol);
            }
        }
        if (!added.isEmpty()) {
            table.set(PROTOCOLS, map + added, table.source(PROTOCOLS).orElse("") + ", with what it left out");
        }
    }

    private void nameInterBrokerListener() {
        List<Address> clients = clientListeners();
        boolean hasPlaintext = clients.stream().anyMatch(each -> each.name().equals("PLAINTEXT"));
        if (isBroker() && !hasPlaintext && !clients.isEmpty() && !table.has(INTER_BROKER)
            && !table.has("security.inter.broker.protocol")) {
            table.set(INTER_BROKER, clients.get(0).name(), "derived from " + LISTENERS);
        }
    }

    private List<Address> clientListeners() {
        return listeners().stream().filter(each -> !controllerNames().contains(each.name())).toList();
    }

    private List<Address> listeners() {
        return table.get(LISTENERS).flatMap(Address::parse).orElse(List.of());
    }

    private List<String> controllerNames() {
        return List.of(table.get(CONTROLLER_NAMES).orElse("CONTROLLER").toUpperCase(Locale.ROOT).split("\\s*,\\s*"));
    }

    private boolean isControllerOnly() {
        return table.has(ROLES) && isController() && !isBroker();
    }

    private boolean isController() {
        return roles().contains("controller");
    }

    private boolean isBroker() {
        return roles().contains("broker");
    }

    private List<String> roles() {
        return List.of(table.get(ROLES).orElse("broker,controller").split("\\s*,\\s*"));
    }
}
