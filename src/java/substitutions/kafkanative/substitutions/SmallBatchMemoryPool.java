package kafkanative.substitutions;

import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import java.nio.ByteBuffer;

/**
 * Hands out buffers for batches of metadata records that begin small.
 *
 * <p>Kafka's BatchMemoryPool gives each batch a buffer of 8 MB, the largest that a batch may become
 * ({@code KafkaRaftClient#MAX_BATCH_SIZE_BYTES}), and keeps up to five of them. Those who fill them (BatchBuilder,
 * MemoryRecordsBuilder) write through a ByteBufferOutputStream, which grows when its buffer is full, and hold the limit
 * of 8 MB themselves. Most batches have a few hundred bytes, and a start needs five of them: 40 MB to clear.
 */
@TargetClass(className = "org.apache.kafka.raft.internals.BatchMemoryPool")
final class SmallBatchMemoryPool {
    @Alias
    private int batchSize;

    @Substitute
    public ByteBuffer tryAllocate(int sizeBytes) {
        if (sizeBytes > batchSize) {
            throw new IllegalArgumentException("Cannot allocate " + sizeBytes + " bytes, more than the " + batchSize
                + " of the largest batch");
        }
        return ByteBuffer.allocate(InitialBatchSize.BYTES);
    }

    /** A small buffer is left to the garbage collector. */
    @Substitute
    public void release(ByteBuffer previouslyAllocated) {
    }

    @Substitute
    public void releaseRetained() {
    }
}
