package kafkanative.recorder;

import java.lang.invoke.MethodType;
import java.lang.reflect.Member;
import java.util.Arrays;
import java.util.List;
import kafkanative.recorder.Observation.Kind;

/**
 * What the rewritten classes call, each method right before the call that it is about.
 *
 * <p>Nothing is thrown, no lock is held, and arguments are taken as they come: they have not been checked yet. What is
 * known already costs one look into a map.
 */
public final class Probe {
    static final Observations OBSERVATIONS = new Observations();

    private static final String CONSTRUCTOR = "<init>";
    private static final List<Class<?>> NO_TYPES = List.of();

    private static volatile Runnable onHalt;

    private Probe() {
    }

    static void onHalt(Runnable action) {
        onHalt = action;
    }

    public static void typeNamed(String name, String caller) {
        add(Kind.TYPE, name, null, NO_TYPES, caller);
    }

    public static void typeLoaded(Object loader, String name, String caller) {
        if (loader instanceof ClassLoader) {
            add(Kind.TYPE, name, null, NO_TYPES, caller);
        }
    }

    public static void members(Class<?> type, String caller) {
        add(Kind.TYPE, type, null, NO_TYPES, caller);
    }

    public static void array(Class<?> component, String caller) {
        add(Kind.ARRAY, component, null, NO_TYPES, caller);
    }

    public static void arrayOf(Class<?> component, int[] dimensions, String caller) {
        Class<?> type = component;
        for (int i = 1; type != null && dimensions != null && i < dimensions.length; i++) {
            type = type.arrayType();
        }
        add(Kind.ARRAY, type, null, NO_TYPES, caller);
    }

    public static void proxy(Class<?>[] interfaces, String caller) {
        add(Kind.PROXY, Kind.PROXY, null, copy(interfaces), caller);
    }

    public static void publicMethod(Class<?> type, String name, Class<?>[] parameters, String caller) {
        add(Kind.PUBLIC_METHOD, type, name, copy(parameters), caller);
    }

    public static void declaredMethod(Class<?> type, String name, Class<?>[] parameters, String caller) {
        add(Kind.DECLARED_METHOD, type, name, copy(parameters), caller);
    }

    public static void publicConstructor(Class<?> type, Class<?>[] parameters, String caller) {
        add(Kind.CONSTRUCTOR, type, CONSTRUCTOR, copy(parameters), caller);
    }

    public static void declaredConstructor(Class<?> type, Class<?>[] parameters, String caller) {
        add(Kind.CONSTRUCTOR, type, CONSTRUCTOR, copy(parameters), caller);
    }

    public static void publicField(Class<?> type, String name, String caller) {
        add(Kind.PUBLIC_FIELD, type, name, NO_TYPES, caller);
    }

    public static void declaredField(Class<?> type, String name, String caller) {
        add(Kind.DECLARED_FIELD, type, name, NO_TYPES, caller);
    }

    public static void methodOfHandle(Class<?> type, String name, MethodType method, String caller) {
        add(Kind.METHOD_OF_HANDLE, type, name, method == null ? null : method.parameterList(), caller);
    }

    public static void constructorOfHandle(Class<?> type, MethodType constructor, String caller) {
        add(Kind.METHOD_OF_HANDLE, type, CONSTRUCTOR,
            constructor == null ? null : constructor.parameterList(), caller);
    }

    public static void fieldOfHandle(Class<?> type, String name, String caller) {
        add(Kind.FIELD_OF_HANDLE, type, name, NO_TYPES, caller);
    }

    public static void member(Member member, String caller) {
        add(Kind.MEMBER, member, null, NO_TYPES, caller);
    }

    public static void instance(Class<?> type, String caller) {
        add(Kind.METHOD_OF_HANDLE, type, CONSTRUCTOR, NO_TYPES, caller);
    }

    public static void serializable(Class<?> type, String caller) {
        add(Kind.SERIALIZABLE, type, null, NO_TYPES, caller);
    }

    public static void allocated(Class<?> type, String caller) {
        add(Kind.ALLOCATED, type, null, NO_TYPES, caller);
    }

    public static void resource(String name, String caller) {
        add(Kind.RESOURCE, "", name, NO_TYPES, caller);
    }

    public static void resourceOfType(Class<?> type, String name, String caller) {
        add(Kind.RESOURCE, type, name, NO_TYPES, caller);
    }

    public static void resourceOfModule(Module module, String name, String caller) {
        add(Kind.RESOURCE, module, name, NO_TYPES, caller);
    }

    public static void resourceOfLoader(Object loader, String name, String caller) {
        if (loader instanceof ClassLoader) {
            resource(name, caller);
        }
    }

    public static void bundle(String name, String caller) {
        add(Kind.BUNDLE, name, null, NO_TYPES, caller);
    }

    public static void service(Class<?> service, String caller) {
        add(Kind.SERVICE, service, null, NO_TYPES, caller);
    }

    public static void library(String name, String caller) {
        add(Kind.LIBRARY, name, null, NO_TYPES, caller);
    }

    public static void halt(String caller) {
        Runnable action = onHalt;
        if (action != null) {
            action.run();
        }
    }

    private static List<Class<?>> copy(Class<?>[] types) {
        return types == null ? NO_TYPES : Arrays.asList(types.clone());
    }

    private static void add(Kind kind, Object subject, String name, List<Class<?>> types, String caller) {
        try {
            if (subject != null && types != null) {
                OBSERVATIONS.add(new Observation(kind, subject, name, types), caller);
            }
        } catch (Throwable e) {
            OBSERVATIONS.failed(e);
        }
    }
}
