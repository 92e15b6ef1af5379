package kafkanative.launcher.health;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import kafkanative.launcher.environment.ClientAddress;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;

/**
 * TLS to this machine's own broker, whatever its certificate says: nothing is told to it, and nothing is believed but
 * that it answers.
 */
final class TrustingTls {
    private TrustingTls() {
    }

    static Socket over(Socket plain, ClientAddress address) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own(address.tls()), new TrustManager[] {new TrustAll()}, null);
            SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(plain, address.host(), address.port(), false);
            socket.startHandshake();
            return socket;
        } catch (GeneralSecurityException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Where clients must show a certificate, that of the broker itself is at hand, and usually of the same authority. */
    private static KeyManager[] own(Map<String, String> tls) throws GeneralSecurityException {
        if (!"required".equals(tls.get(BrokerSecurityConfigs.SSL_CLIENT_AUTH_CONFIG))) {
            return null;
        }
        try (DefaultSslEngineFactory factory = new DefaultSslEngineFactory()) {
            factory.configure(new AbstractConfig(new ConfigDef().withClientSslSupport(), tls, false).values());
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(factory.keystore(), keyPassword(tls));
            return managers.getKeyManagers();
        } catch (KafkaException e) {
            throw new GeneralSecurityException("the key store of the broker: " + e.getMessage(), e);
        }
    }

    /** As Kafka has it: a PEM file has no password of its own, and a key has that of its store unless given another. */
    private static char[] keyPassword(Map<String, String> tls) {
        boolean isPem = "PEM".equalsIgnoreCase(tls.get(SslConfigs.SSL_KEYSTORE_TYPE_CONFIG));
        String ofStore = isPem ? null : tls.get(SslConfigs.SSL_KEYSTORE_PASSWORD_CONFIG);
        String password = tls.getOrDefault(SslConfigs.SSL_KEY_PASSWORD_CONFIG, ofStore);
        return password == null ? null : password.toCharArray();
    }

    /** Refuses nobody. */
    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            // Nobody is refused.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            // Nobody is refused.
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
