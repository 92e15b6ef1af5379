package sample;

import javax.net.ssl.SSLEngine;
import org.apache.kafka.common.security.ssl.DefaultSslEngineFactory;

/** Speaks TLS as Kafka does, and tells of it. */
public class SampleEngineFactory extends DefaultSslEngineFactory {
    @Override
    public SSLEngine createServerSslEngine(String host, int port) {
        Marks.tell("engine-factory", "a server's");
        return super.createServerSslEngine(host, port);
    }
}
