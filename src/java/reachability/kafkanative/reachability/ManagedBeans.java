package kafkanative.reachability;

import java.lang.classfile.ClassModel;
import java.lang.reflect.AccessFlag;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the interfaces through which JMX reads and calls MBeans: a class {@code X} implements {@code XMBean}, or an
 * interface named {@code *MXBean} (JMX specification, "Standard MBeans" and "MXBeans").
 */
final class ManagedBeans {
    private ManagedBeans() {
    }

    static Set<String> interfacesIn(ClassPath classPath) {
        Set<String> found = new TreeSet<>();
        for (ClassModel model : classPath.classes()) {
            String name = ClassPath.nameOf(model);
            if (model.flags().has(AccessFlag.INTERFACE) && (isStandard(name, classPath) || name.endsWith("MXBean"))) {
                found.add(name);
            }
        }
        return found;
    }

    private static boolean isStandard(String name, ClassPath classPath) {
        return name.endsWith("MBean") && classPath.contains(name.substring(0, name.length() - "MBean".length()));
    }
}
