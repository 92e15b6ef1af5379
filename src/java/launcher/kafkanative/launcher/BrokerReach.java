package kafkanative.launcher;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Looks whether any of the brokers that a tool's arguments name takes connections, before the tool starts.
 *
 * <p>Kafka's clients try for a minute, or for ever, and most tools then do not tell which address it was. A broker that is
 * just starting has some seconds. What cannot be judged is left to the tool: an address without a port, a
 * name that is not known, addresses in a file.
 */
final class BrokerReach {
    private static final String VARIABLE = "NATIVE_KAFKA_CONNECT_TIMEOUT";
    private static final double DEFAULT_SECONDS = 3;
    private static final int PAUSE_MILLISECONDS = 50;
    private static final int NANOSECONDS_PER_MILLISECOND = 1_000_000;
    private static final int MILLISECONDS_PER_SECOND = 1000;
    private static final Set<String> OPTIONS = Set.of("--bootstrap-server", "--bootstrap-servers",
        "--bootstrap-controller", "--broker-list");
    private static final String PROPERTY = "bootstrap.servers=";
    /** What the tools exit with when they do not reach a broker. */
    private static final int FAILED = 1;

    private BrokerReach() {
    }

    static void check(String tool, List<String> args) {
        List<InetSocketAddress> addresses = resolve(addressesIn(args));
        double seconds = timeoutSeconds();
        if (seconds <= 0 || addresses.isEmpty()) {
            return;
        }
        String failure = connect(addresses, seconds);
        if (failure != null) {
            throw LauncherException.tool(FAILED, tool + ": no broker took a connection within " + seconds + " s: "
                + failure).hint("is the broker running, and is this its address? " + VARIABLE
                + " says how many seconds to try; 0 leaves it to the tool");
        }
    }

    private static double timeoutSeconds() {
        String value = System.getenv(VARIABLE);
        try {
            return value == null || value.isBlank() ? DEFAULT_SECONDS : Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw LauncherException.settings("reading " + VARIABLE + ": '" + value + "' is no number of seconds");
        }
    }

    /** The values of options that name brokers, as {@code --option value} or {@code --option=value}. */
    private static List<String> addressesIn(List<String> args) {
        List<String> found = new ArrayList<>();
        for (int at = 0; at < args.size(); at++) {
            String word = args.get(at);
            int equals = word.indexOf('=');
            if (OPTIONS.contains(word) && at + 1 < args.size()) {
                found.addAll(List.of(args.get(at + 1).split(",")));
            } else if (equals > 0 && OPTIONS.contains(word.substring(0, equals)) || word.startsWith(PROPERTY)) {
                found.addAll(List.of(word.substring(equals + 1).split(",")));
            }
        }
        return found;
    }

    /** Empty when any of the addresses is one that only the tool can judge. */
    private static List<InetSocketAddress> resolve(List<String> addresses) {
        List<InetSocketAddress> resolved = new ArrayList<>();
        for (String address : addresses) {
            int colon = address.lastIndexOf(':');
            try {
                int port = Integer.parseInt(address.substring(colon + 1).trim());
                String host = address.substring(0, Math.max(0, colon)).trim();
                // Of several addresses of a name the first is as good as the others, but ::1 for 127.0.0.1.
                for (InetAddress one : InetAddress.getAllByName(host.isEmpty() ? "?" : host)) {
                    resolved.add(new InetSocketAddress(one, port));
                }
            } catch (UnknownHostException | IllegalArgumentException e) {
                return List.of();
            }
        }
        return resolved;
    }

    /** Returns null when there is a connection, else the last failure of each address. */
    private static String connect(List<InetSocketAddress> addresses, double seconds) {
        long end = System.nanoTime() + (long) (seconds * MILLISECONDS_PER_SECOND * NANOSECONDS_PER_MILLISECOND);
        List<String> failures = new ArrayList<>();
        do {
            failures.clear();
            for (InetSocketAddress address : addresses) {
                String failure = connect(address, end);
                if (failure == null) {
                    return null;
                }
                failures.add(address.getHostString() + ":" + address.getPort() + " (" + failure + ")");
            }
            pause();
        } while (System.nanoTime() < end);
        return String.join(", ", failures);
    }

    private static String connect(InetSocketAddress address, long end) {
        long left = Math.max(PAUSE_MILLISECONDS, (end - System.nanoTime()) / NANOSECONDS_PER_MILLISECOND);
        try (Socket socket = new Socket()) {
            socket.connect(address, (int) left);
            return null;
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
