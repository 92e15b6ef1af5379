package kafkanative.launcher;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.Endpoint;
import scala.collection.Iterator;

/**
 * Tries the address of each listener before the broker starts, to name the one that is taken and who has it.
 *
 * <p>The trial socket is bound but never listens: a client that already polls the port is refused as before.
 */
final class ListenerPorts {
    private ListenerPorts() {
    }

    static void check(KafkaConfig config) {
        Iterator<Endpoint> listeners = config.listeners().iterator();
        while (listeners.hasNext()) {
            check(listeners.next());
        }
    }

    /** An empty host means all addresses, as in {@code SocketServer#openServerSocket}. */
    private static void check(Endpoint listener) {
        String host = listener.host();
        boolean isWildcard = host == null || host.isBlank();
        InetSocketAddress address = isWildcard
            ? new InetSocketAddress(listener.port())
            : new InetSocketAddress(host, listener.port());
        String doing = "binding listener " + listener.listener() + " to "
            + (isWildcard ? "port " + listener.port() + " on all addresses" : host + ":" + listener.port()) + ": ";
        if (address.isUnresolved()) {
            throw LauncherException.broker(doing + "the host name " + host + " does not resolve")
                .hint("name an address of this machine in listeners, or leave the host out");
        }
        tryToBind(address, doing);
    }

    private static void tryToBind(InetSocketAddress address, String doing) {
        try (SocketChannel channel = SocketChannel.open()) {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(address);
        } catch (BindException e) {
            throw explain(address.getPort(), doing, e);
        } catch (IOException e) {
            throw LauncherException.broker(doing + FailureText.of(e));
        }
    }

    private static LauncherException explain(int port, String doing, BindException e) {
        if (!String.valueOf(e.getMessage()).contains("in use")) {
            return LauncherException.broker(doing + e.getMessage())
                .hint("name an address of this machine and a port that this user may open in listeners");
        }
        String holder = PortHolder.find(port).orElse("another process, which this user cannot see");
        return LauncherException.broker(doing + "the port is taken by " + holder)
            .hint("stop that process, or give listeners another port");
    }
}
