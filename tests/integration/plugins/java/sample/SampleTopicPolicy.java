package sample;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.server.policy.CreateTopicPolicy;

/** Refuses topics named "refused...", and uses the algorithm of the security provider. */
public class SampleTopicPolicy implements CreateTopicPolicy {
    @Override
    public void validate(RequestMetadata request) {
        if (request.topic().startsWith("refused")) {
            throw new PolicyViolationException("the sample policy refuses " + request.topic() + " " + digest());
        }
    }

    private static String digest() {
        try {
            return new String(MessageDigest.getInstance("SAMPLE").digest());
        } catch (NoSuchAlgorithmException e) {
            return e.toString();
        }
    }

    @Override
    public void configure(Map<String, ?> configs) {
    }

    @Override
    public void close() {
    }
}
