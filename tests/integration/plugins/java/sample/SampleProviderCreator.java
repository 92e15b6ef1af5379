package sample;

import java.security.Provider;
import org.apache.kafka.common.security.auth.SecurityProviderCreator;

/** Registers the provider. */
public class SampleProviderCreator implements SecurityProviderCreator {
    @Override
    public Provider getProvider() {
        return new SampleProvider();
    }
}
