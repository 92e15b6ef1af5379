package sample;

import java.util.Map;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.server.policy.AlterConfigPolicy;

/** Refuses to change how long the topic "kept" keeps records. */
public class SampleConfigPolicy implements AlterConfigPolicy {
    @Override
    public void validate(RequestMetadata request) {
        if (request.resource().name().equals("kept") && request.configs().containsKey("retention.ms")) {
            throw new PolicyViolationException("the sample policy refuses retention.ms");
        }
    }

    @Override
    public void configure(Map<String, ?> configs) {
    }

    @Override
    public void close() {
    }
}
