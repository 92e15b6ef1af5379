package kafkanative.reachability;

import java.security.Provider;
import java.security.Security;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds classes of the JDK's security providers that native-image does not register by itself.
 *
 * <p>It registers those of the types that {@code java.security.Provider} knows. {@code sun.security.jgss.ProviderList}
 * makes the factories of GSS mechanisms (Kerberos and SPNEGO) by name and past that.
 */
final class SecurityServices {
    private static final String GSS_MECHANISM = "GssApiMechanism.";

    private SecurityServices() {
    }

    static Set<String> mechanisms() {
        Set<String> found = new TreeSet<>();
        for (Provider provider : Security.getProviders()) {
            for (String key : provider.stringPropertyNames()) {
                if (key.startsWith(GSS_MECHANISM)) {
                    found.add(provider.getProperty(key));
                }
            }
        }
        return found;
    }
}
