package sample;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.security.auth.AuthenticationContext;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.KafkaPrincipalBuilder;
import org.apache.kafka.common.security.auth.SaslAuthenticationContext;

/** Names whoever comes "sample-" and what is known. */
public class SamplePrincipalBuilder implements KafkaPrincipalBuilder {
    @Override
    public KafkaPrincipal build(AuthenticationContext context) {
        String name = context instanceof SaslAuthenticationContext sasl ? sasl.server().getAuthorizationID() : "nobody";
        return new KafkaPrincipal(KafkaPrincipal.USER_TYPE, "sample-" + name);
    }

    @Override
    public byte[] serialize(KafkaPrincipal principal) {
        return principal.getName().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public KafkaPrincipal deserialize(byte[] bytes) {
        return new KafkaPrincipal(KafkaPrincipal.USER_TYPE, new String(bytes, StandardCharsets.UTF_8));
    }
}
