package sample;

import java.security.MessageDigestSpi;

/** Always gives the same. */
public class SampleDigest extends MessageDigestSpi {
    @Override
    protected void engineUpdate(byte input) {
    }

    @Override
    protected void engineUpdate(byte[] input, int offset, int length) {
    }

    @Override
    protected byte[] engineDigest() {
        return "digested".getBytes();
    }

    @Override
    protected void engineReset() {
    }
}
