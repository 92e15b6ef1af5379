package kafkanative.substitutions;

import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import org.graalvm.nativeimage.PinnedObject;
import org.graalvm.nativeimage.StackValue;
import org.graalvm.nativeimage.c.function.CFunction;
import org.graalvm.nativeimage.c.type.CLongPointer;
import org.graalvm.word.PointerBase;
import org.graalvm.word.UnsignedWord;
import org.graalvm.word.WordFactory;

/**
 * The authentication of AES-GCM (TLS), four blocks at a time as HotSpot does it; GraalVM's code does one after another.
 * The result is the same for the same bytes: `src/c/instructions/ghash.c`.
 */
@TargetClass(className = "com.sun.crypto.provider.GHASH")
final class GhashByInstruction {
    @Alias
    private long[] subkeyHtbl;
    @Alias
    private long[] state;

    @Alias
    private static native void ghashRangeCheck(byte[] in, int inOfs, int inLen, long[] st, long[] subH);

    @Alias
    private static native void processBlocks(byte[] data, int inOfs, int blocks, long[] st, long[] subH);

    /** Takes in all whole blocks, and returns how many bytes they have. */
    @Substitute
    int update(byte[] in, int inOfs, int inLen) {
        if (inLen == 0) {
            return 0;
        }
        int whole = inLen - inLen % 16;
        ghashRangeCheck(in, inOfs, whole, state, subkeyHtbl);
        if (whole < GhashInC.WORTH_PINNING) {
            processBlocks(in, inOfs, whole / 16, state, subkeyHtbl);
        } else {
            GhashInC.update(in, inOfs, whole / 16, state, subkeyHtbl);
        }
        return whole;
    }

    /** The function in C. */
    static final class GhashInC {
        static final int WORTH_PINNING = 1024;

        private GhashInC() {
        }

        static void update(byte[] data, int from, int blocks, long[] st, long[] subH) {
            CLongPointer words = StackValue.get(4, CLongPointer.class);
            for (int i = 0; i < 2; i++) {
                words.write(i, st[i]);
                words.write(2 + i, subH[i]);
            }
            try (PinnedObject pinned = PinnedObject.create(data)) {
                ghash(words, words.addressOf(2), pinned.addressOfArrayElement(from), WordFactory.unsigned(blocks));
            }
            st[0] = words.read(0);
            st[1] = words.read(1);
        }

        /** Without a transition, so the collector waits for it: a record of TLS takes five microseconds. */
        @CFunction(value = "kafka_native_ghash", transition = CFunction.Transition.NO_TRANSITION)
        private static native void ghash(CLongPointer st, CLongPointer subH, PointerBase blocks, UnsignedWord count);
    }
}
