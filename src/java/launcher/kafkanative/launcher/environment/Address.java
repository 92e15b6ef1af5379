package kafkanative.launcher.environment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One listener as Kafka writes it, NAME://HOST:PORT.
 *
 * @param name of the listener, in capitals
 * @param host empty for all addresses
 * @param port TCP port
 */
record Address(String name, String host, int port) {
    private static final Pattern FORM = Pattern.compile("([^:/]+)://(\\[[^\\]]*\\]|[^:]*):(\\d{1,5})");

    /** All of them; empty when one cannot be read, which Kafka itself will tell. */
    static Optional<List<Address>> parse(String listeners) {
        List<Address> addresses = new ArrayList<>();
        for (String each : listeners.split(",")) {
            Matcher parts = FORM.matcher(each.strip());
            if (!parts.matches()) {
                return Optional.empty();
            }
            addresses.add(new Address(parts.group(1).toUpperCase(Locale.ROOT), parts.group(2),
                Integer.parseInt(parts.group(3))));
        }
        return Optional.of(addresses);
    }

    static String join(List<Address> addresses) {
        return String.join(",", addresses.stream().map(Address::toString).toList());
    }

    boolean isOnAllAddresses() {
        return host.isEmpty() || host.equals("0.0.0.0") || host.equals("[::]");
    }

    Address at(String newHost) {
        return new Address(name, newHost, port);
    }

    @Override
    public String toString() {
        return name + "://" + host + ":" + port;
    }
}
