package kafkanative.recorder;

import java.util.List;

/** What is recorded: the calls of the class path, and those of the JDK's code that looks up what others name. */
final class Scope {
    private static final String RECORDER = "kafkanative/recorder/";
    private static final String PROXY = "$Proxy";
    private static final String STREAM_CLASS = "java/io/ObjectStreamClass";

    /** Of java.base only classes that no probe uses itself, and that are not on a hot path. */
    private static final List<String> OF_JDK = List.of(
        "com/sun/jmx/",
        "com/sun/jndi/",
        "com/sun/management/",
        "com/sun/naming/",
        "com/sun/security/auth/",
        "com/sun/security/sasl/",
        "java/io/ObjectInputStream",
        "java/io/ObjectOutputStream",
        STREAM_CLASS,
        "java/lang/management/",
        "java/net/URL",
        "java/rmi/",
        "java/security/Provider",
        "java/util/ServiceLoader",
        "java/util/logging/",
        "javax/management/",
        "javax/naming/",
        "javax/net/",
        "javax/security/",
        "javax/xml/",
        "jdk/net/",
        "sun/management/",
        "sun/net/www/",
        "sun/reflect/annotation/",
        "sun/reflect/generics/",
        "sun/reflect/misc/",
        "sun/rmi/",
        "sun/security/jca/",
        "sun/security/jgss/",
        "sun/security/krb5/",
        "sun/security/provider/",
        "sun/security/ssl/",
        "sun/security/util/",
        "sun/security/x509/");

    /** What a native executable has not, or has from the builder: platform beans, locales, providers nobody named. */
    private static final List<String> OF_JVM_ONLY = List.of(
        "com.sun.management.internal.",
        "jdk.internal.org.jline.",
        "jdk.jshell.",
        "jdk.management.jfr.",
        "org.jcp.xml.dsig.",
        "sun.management.",
        "sun.security.pkcs11.",
        "sun.security.smartcardio.",
        "sun.util.");

    private Scope() {
    }

    /**
     * Tells whether the calls of a class are recorded.
     *
     * @param loader of the class, null for the boot loader
     * @param name of the class, with slashes
     */
    static boolean covers(ClassLoader loader, String name) {
        if (name.startsWith(RECORDER) || name.startsWith(PROXY, name.lastIndexOf('/') + 1)) {
            return false;
        }
        boolean isOfJdk = loader == null || loader == ClassLoader.getPlatformClassLoader();
        return !isOfJdk || startsWithAny(name, OF_JDK);
    }

    /**
     * Tells whether a class, of those that are covered, is recorded when it calls what is told to a probe.
     *
     * <p>Descriptors of serializable classes are made by the builder in a native executable: there, what making one
     * looks up is not looked up at run time.
     *
     * @param name of the class, with slashes
     * @param probe the name of the probe
     */
    static boolean covers(String name, String probe) {
        return !name.startsWith(STREAM_CLASS) || probe.equals("serializable");
    }

    /**
     * Tells whether a type is one that a native executable has no use for.
     *
     * @param name of the type, with dots
     */
    static boolean isOfJvmOnly(String name) {
        return startsWithAny(name, OF_JVM_ONLY);
    }

    private static boolean startsWithAny(String name, List<String> starts) {
        for (String start : starts) {
            if (name.startsWith(start)) {
                return true;
            }
        }
        return false;
    }
}
