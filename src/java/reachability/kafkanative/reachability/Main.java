package kafkanative.reachability;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Tells what Kafka's jars say about what they reach by name; a line of output is a rule, what is reached, and how.
 *
 * <pre>
 * derive JAR...    prints RULE TAB KIND TAB NAME, where KIND is constructor, public-constructors, value-of,
 *                  text-constructor, public-methods, bean, bundle or resource
 * plug-ins JAR... -- JAR...   prints what {@link PlugIns} finds in the jars behind the dashes, which are no jars of Kafka's
 * missing JAR...   reads TYPE [TAB field TAB NAME | TAB method TAB NAME TAB PARAMETER...] lines, and prints those that
 *                  name a type or member that does not exist
 * </pre>
 */
final class Main {
    private static final String DASHES = "--";
    private static final String KERBEROS = "com.sun.security.auth.module.Krb5LoginModule";

    private Main() {
    }

    public static void main(String[] arguments) throws IOException {
        List<Path> jars = Stream.of(arguments).skip(1).filter(word -> !word.equals(DASHES)).map(Path::of).toList();
        ClassLoader loader = new URLClassLoader(jars.stream().map(Main::urlOf).toArray(URL[]::new));
        Thread.currentThread().setContextClassLoader(loader);  // with which Kafka resolves class names
        switch (arguments[0]) {
            case "derive" -> derive(ClassPath.read(jars), loader);
            case "plug-ins" -> new PlugIns(ClassPath.read(jars), jars.subList(dashes(arguments), jars.size()), loader).print();
            case "missing" -> missing(new Members(loader));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** Returns how many jars stand before the dashes. */
    private static int dashes(String[] arguments) {
        return List.of(arguments).indexOf(DASHES) - 1;
    }

    private static void derive(ClassPath classPath, ClassLoader loader) {
        for (String type : PluginInterfaces.in(classPath)) {
            classPath.implementationsOf(type).forEach(name -> print("plug-ins", "constructor", name));
        }
        print("plug-ins", "constructor", KERBEROS);
        for (String name : ConfigurationDefaults.in(classPath, loader)) {
            print("defaults", classPath.hasPlainConstructor(name) ? "constructor" : "public-constructors", name);
        }
        classPath.providers().forEach((service, providers) -> {
            if (classPath.contains(service) && isReached(service)) {
                print("services", "resource", "META-INF/services/" + service);
                providers.forEach(provider -> print("services", "constructor", provider));
            }
        });
        SecurityServices.mechanisms().forEach(name -> print("gss-mechanisms", "public-constructors", name));
        OptionTypes.in(classPath, new Members(loader), (kind, name) -> print("options", kind, name));
        classPath.bundles().forEach(name -> print("bundles", "bundle", name));
        JacksonBeans.in(classPath).forEach(name -> print("beans", "bean", name));
        ManagedBeans.interfacesIn(classPath).forEach(name -> print("mbeans", "public-methods", name));
    }

    /** Jackson's services are for programs that look for modules, which Kafka never does. */
    private static boolean isReached(String service) {
        return !service.startsWith("com.fasterxml.jackson.");
    }

    private static void missing(Members members) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!members.exist(line.split("\t"))) {
                System.out.println(line);
            }
        }
    }

    private static URL urlOf(Path jar) {
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException error) {
            throw new IllegalArgumentException(jar.toString(), error);
        }
    }

    private static void print(String rule, String kind, String name) {
        System.out.println(rule + "\t" + kind + "\t" + name);
    }
}
