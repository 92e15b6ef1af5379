package kafkanative.substitutions;

import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import java.util.zip.CRC32C;
import org.graalvm.nativeimage.PinnedObject;
import org.graalvm.nativeimage.c.function.CFunction;
import org.graalvm.word.PointerBase;
import org.graalvm.word.UnsignedWord;
import org.graalvm.word.WordFactory;

/**
 * The checksum of record batches by the processor's instruction, as HotSpot computes it; natively Java's tables would do
 * it, several times slower. The result is the same for the same bytes: `src/c/instructions/crc32c.c`.
 */
@TargetClass(CRC32C.class)
final class Crc32CByInstruction {
    @Alias
    private int crc;

    @Alias
    private static native int updateBytes(int crc, byte[] b, int off, int end);

    /** See {@link CRC32C#update(byte[], int, int)}. */
    @Substitute
    public void update(byte[] b, int off, int len) {
        if (off < 0 || len < 0 || off > b.length - len) {
            throw new ArrayIndexOutOfBoundsException();
        }
        // Pinning costs about as much as the tables take for some hundred bytes.
        crc = len < C.WORTH_PINNING ? updateBytes(crc, b, off, off + len) : C.update(crc, b, off, len);
    }

    /** The function in C. */
    static final class C {
        static final int WORTH_PINNING = 256;

        private C() {
        }

        static int update(int crc, byte[] b, int off, int len) {
            try (PinnedObject pinned = PinnedObject.create(b)) {
                return crc32c(crc, pinned.addressOfArrayElement(off), WordFactory.unsigned(len));
            }
        }

        /** Without a transition, so the collector waits for it: a batch of a megabyte takes a tenth of a millisecond. */
        @CFunction(value = "kafka_native_crc32c", transition = CFunction.Transition.NO_TRANSITION)
        private static native int crc32c(int crc, PointerBase bytes, UnsignedWord length);
    }
}
