import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;

/**
 * Writes a JDK trust store (lib/security/cacerts) from a folder of certificates: Debian's JDK packages carry none.
 *
 * <p>Run as a single source file: {@code java GenerateTrustStore.java FOLDER OUTPUT}. The store has the format and the
 * well-known password of the JDK's own; it holds public certificates only.
 */
public final class GenerateTrustStore {
    private GenerateTrustStore() {
    }

    public static void main(String[] arguments) throws Exception {
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(null, null);
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(arguments[0]), "*.crt")) {
            for (Path file : files) {
                try (InputStream content = Files.newInputStream(file)) {
                    store.setCertificateEntry(file.getFileName().toString(), certificates.generateCertificate(content));
                }
            }
        }
        try (OutputStream output = Files.newOutputStream(Path.of(arguments[1]))) {
            store.store(output, "changeit".toCharArray());
        }
    }
}
