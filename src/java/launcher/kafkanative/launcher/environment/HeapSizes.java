package kafkanative.launcher.environment;

import java.util.Map;

/**
 * Makes -Xmx and the like take effect in the running process.
 *
 * <p>A native executable reads them from its arguments before main, but lets them be set later as well, and its garbage
 * collector then takes the new sizes over (RuntimeOptions, NotifyGCRuntimeOptionKey). So no second process is needed.
 * The class is looked up by name because only the native executable has it; the names are constants, so the builder
 * resolves them. On the JVM a heap cannot be resized: there the sizes belong to the command line of {@code java}.
 */
final class HeapSizes {
    private HeapSizes() {
    }

    static void apply(Map<String, String> sizes) {
        if (sizes.isEmpty() || System.getProperty("org.graalvm.nativeimage.imagecode") == null) {
            return;
        }
        try {
            for (var size : sizes.entrySet()) {
                Class.forName("org.graalvm.nativeimage.RuntimeOptions").getMethod("set", String.class, Object.class)
                    .invoke(null, size.getKey() + size.getValue(), null);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("setting the sizes of the heap", e);
        }
    }
}
