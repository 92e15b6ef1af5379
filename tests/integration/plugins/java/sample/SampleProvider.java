package sample;

import java.security.Provider;

/** Has one algorithm, by the name of its class. */
public class SampleProvider extends Provider {
    public SampleProvider() {
        super("Sample", "1", "one digest");
        put("MessageDigest.SAMPLE", "sample.SampleDigest");
    }
}
