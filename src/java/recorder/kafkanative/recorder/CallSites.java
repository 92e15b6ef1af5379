package kafkanative.recorder;

import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The table of the methods whose calls are recorded, and of the {@link Probe} that each call is told to. */
final class CallSites {
    static final ClassDesc PROBE = Probe.class.describeConstable().orElseThrow();

    private static final String ANY = "";
    private static final String TYPE = "java/lang/Class";
    private static final String LOADER = "java/lang/ClassLoader";
    private static final String LOOKUP = "java/lang/invoke/MethodHandles$Lookup";
    private static final String STREAM_CLASS = "java/io/ObjectStreamClass";
    private static final String UPDATERS = "java/util/concurrent/atomic/Atomic";
    private static final String STRING = "Ljava/lang/String;";
    private static final String CLASS = "Ljava/lang/Class;";
    private static final String CLASSES = "[Ljava/lang/Class;";
    private static final String CLASS_LOADER = "Ljava/lang/ClassLoader;";
    private static final String MODULE = "Ljava/lang/Module;";
    private static final String FIELD = "Ljava/lang/reflect/Field;";
    private static final String METHOD = "Ljava/lang/reflect/Method;";
    private static final String METHOD_TYPE = "Ljava/lang/invoke/MethodType;";
    private static final String OBJECT = "Ljava/lang/Object;";
    private static final String LOCALE = "Ljava/util/Locale;";
    private static final String CONTROL = "Ljava/util/ResourceBundle$Control;";

    private static final Map<String, MethodTypeDesc> PROBE_TYPES = probeTypes();
    private static final Map<String, List<Site>> SITES = new HashMap<>();

    static {
        addTypes();
        addMembers();
        addHandles();
        addInstances();
        addResources();
        addOthers();
    }

    private CallSites() {
    }

    /**
     * One method whose calls are recorded.
     *
     * @param owner the class that the call names, with slashes; empty for any, then the probe looks at the receiver
     * @param parameters as in the descriptor, with the parentheses
     * @param isStatic whether there is no receiver
     * @param probe the name of the method of {@link Probe}
     * @param passed which of the receiver and the arguments it is told, in its order
     */
    record Site(String owner, String parameters, boolean isStatic, String probe, List<Integer> passed) {
        MethodTypeDesc probeType() {
            return PROBE_TYPES.get(probe);
        }

        private boolean matches(String calledOwner, String descriptor) {
            return (owner.isEmpty() || owner.equals(calledOwner)) && descriptor.startsWith(parameters);
        }
    }

    static Site find(MemberRefEntry method) {
        if (!SITES.containsKey(method.name().stringValue())) {
            return null;
        }
        return find(method.owner().asInternalName(), method.name().stringValue(), method.type().stringValue());
    }

    static Site find(String owner, String name, String descriptor) {
        for (Site site : SITES.getOrDefault(name, List.of())) {
            if (site.matches(owner, descriptor)) {
                return site;
            }
        }
        return null;
    }

    private static void addTypes() {
        ofStatic(TYPE, "forName", STRING, "typeNamed", 0);
        ofStatic(TYPE, "forName", STRING + "Z" + CLASS_LOADER, "typeNamed", 0);
        ofStatic(TYPE, "forName", MODULE + STRING, "typeNamed", 1);
        add(LOOKUP, "findClass", STRING, "typeNamed", 1);
        add(ANY, "loadClass", STRING, "typeLoaded", 0, 1);
        add(ANY, "loadClass", STRING + "Z", "typeLoaded", 0, 1);
        add(TYPE, "arrayType", "", "array", 0);
        ofStatic("java/lang/reflect/Array", "newInstance", CLASS + "I", "array", 0);
        ofStatic("java/lang/reflect/Array", "newInstance", CLASS + "[I", "arrayOf", 0, 1);
        ofStatic("java/lang/reflect/Proxy", "newProxyInstance",
            CLASS_LOADER + CLASSES + "Ljava/lang/reflect/InvocationHandler;", "proxy", 1);
        ofStatic("java/lang/reflect/Proxy", "getProxyClass", CLASS_LOADER + CLASSES, "proxy", 1);
    }

    private static void addMembers() {
        for (String name : List.of("getMethods", "getDeclaredMethods", "getFields", "getDeclaredFields",
                "getConstructors", "getDeclaredConstructors", "getRecordComponents", "getClasses",
                "getDeclaredClasses", "getNestMembers", "getPermittedSubclasses", "getSigners")) {
            add(TYPE, name, "", "members", 0);
        }
        add(TYPE, "getMethod", STRING + CLASSES, "publicMethod", 0, 1, 2);
        add(TYPE, "getDeclaredMethod", STRING + CLASSES, "declaredMethod", 0, 1, 2);
        add(TYPE, "getConstructor", CLASSES, "publicConstructor", 0, 1);
        add(TYPE, "getDeclaredConstructor", CLASSES, "declaredConstructor", 0, 1);
        add(TYPE, "getField", STRING, "publicField", 0, 1);
        add(TYPE, "getDeclaredField", STRING, "declaredField", 0, 1);
        add("java/lang/reflect/Method", "invoke", OBJECT + "[" + OBJECT, "member", 0);
        ofStatic("sun/reflect/misc/MethodUtil", "invoke", METHOD + OBJECT + "[" + OBJECT, "member", 0);
        addFieldAccess();
    }

    private static void addFieldAccess() {
        String field = "java/lang/reflect/Field";
        add(field, "get", OBJECT, "member", 0);
        add(field, "set", OBJECT + OBJECT, "member", 0);
        for (String type : List.of("Boolean", "Byte", "Char", "Double", "Float", "Int", "Long", "Short")) {
            String descriptor = type.equals("Boolean") ? "Z" : type.equals("Long") ? "J" : type.substring(0, 1);
            add(field, "get" + type, OBJECT, "member", 0);
            add(field, "set" + type, OBJECT + descriptor, "member", 0);
        }
    }

    private static void addHandles() {
        add(LOOKUP, "findVirtual", CLASS + STRING + METHOD_TYPE, "methodOfHandle", 1, 2, 3);
        add(LOOKUP, "findStatic", CLASS + STRING + METHOD_TYPE, "methodOfHandle", 1, 2, 3);
        add(LOOKUP, "findSpecial", CLASS + STRING + METHOD_TYPE + CLASS, "methodOfHandle", 1, 2, 3);
        add(LOOKUP, "findConstructor", CLASS + METHOD_TYPE, "constructorOfHandle", 1, 2);
        for (String name : List.of("findGetter", "findSetter", "findStaticGetter", "findStaticSetter",
                "findVarHandle", "findStaticVarHandle")) {
            add(LOOKUP, name, CLASS + STRING + CLASS, "fieldOfHandle", 1, 2);
        }
        add(LOOKUP, "unreflect", METHOD, "member", 1);
        add(LOOKUP, "unreflectSpecial", METHOD + CLASS, "member", 1);
        add(LOOKUP, "unreflectConstructor", "Ljava/lang/reflect/Constructor;", "member", 1);
        for (String name : List.of("unreflectGetter", "unreflectSetter", "unreflectVarHandle")) {
            add(LOOKUP, name, FIELD, "member", 1);
        }
        ofStatic(UPDATERS + "IntegerFieldUpdater", "newUpdater", CLASS + STRING, "fieldOfHandle", 0, 1);
        ofStatic(UPDATERS + "LongFieldUpdater", "newUpdater", CLASS + STRING, "fieldOfHandle", 0, 1);
        ofStatic(UPDATERS + "ReferenceFieldUpdater", "newUpdater", CLASS + CLASS + STRING, "fieldOfHandle", 0, 2);
    }

    private static void addInstances() {
        add(TYPE, "newInstance", "", "instance", 0);
        add("java/lang/reflect/Constructor", "newInstance", "[" + OBJECT, "member", 0);
        ofStatic(STREAM_CLASS, "lookup", CLASS, "serializable", 0);
        ofStatic(STREAM_CLASS, "lookup", CLASS + "Z", "serializable", 0);
        ofStatic(STREAM_CLASS, "lookupAny", CLASS, "serializable", 0);
        for (String unsafe : List.of("sun/misc/Unsafe", "jdk/internal/misc/Unsafe")) {
            add(unsafe, "allocateInstance", CLASS, "allocated", 1);
            add(unsafe, "objectFieldOffset", FIELD, "member", 1);
            add(unsafe, "staticFieldOffset", FIELD, "member", 1);
            add(unsafe, "staticFieldBase", FIELD, "member", 1);
        }
    }

    private static void addResources() {
        add(TYPE, "getResource", STRING, "resourceOfType", 0, 1);
        add(TYPE, "getResourceAsStream", STRING, "resourceOfType", 0, 1);
        add("java/lang/Module", "getResourceAsStream", STRING, "resourceOfModule", 0, 1);
        for (String name : List.of("getResource", "getResourceAsStream", "getResources", "resources")) {
            add(ANY, name, STRING, "resourceOfLoader", 0, 1);
        }
        for (String name : List.of("getSystemResource", "getSystemResourceAsStream", "getSystemResources")) {
            ofStatic(LOADER, name, STRING, "resource", 0);
        }
        for (String more : List.of("", LOCALE, MODULE, CONTROL, LOCALE + MODULE, LOCALE + CLASS_LOADER,
                LOCALE + CONTROL, LOCALE + CLASS_LOADER + CONTROL)) {
            ofStatic("java/util/ResourceBundle", "getBundle", STRING + more, "bundle", 0);
        }
    }

    private static void addOthers() {
        String services = "java/util/ServiceLoader";
        ofStatic(services, "load", CLASS, "service", 0);
        ofStatic(services, "load", CLASS + CLASS_LOADER, "service", 0);
        ofStatic(services, "load", "Ljava/lang/ModuleLayer;" + CLASS, "service", 1);
        ofStatic(services, "loadInstalled", CLASS, "service", 0);
        for (String name : List.of("load", "loadLibrary")) {
            ofStatic("java/lang/System", name, STRING, "library", 0);
            add("java/lang/Runtime", name, STRING, "library", 1);
        }
        add("java/lang/Runtime", "halt", "I", "halt");
    }

    private static void add(String owner, String name, String parameters, String probe, Integer... passed) {
        Site site = new Site(owner, "(" + parameters + ")", false, probe, List.of(passed));
        SITES.computeIfAbsent(name, ignored -> new ArrayList<>()).add(site);
    }

    private static void ofStatic(String owner, String name, String parameters, String probe, Integer... passed) {
        Site site = new Site(owner, "(" + parameters + ")", true, probe, List.of(passed));
        SITES.computeIfAbsent(name, ignored -> new ArrayList<>()).add(site);
    }

    private static Map<String, MethodTypeDesc> probeTypes() {
        Map<String, MethodTypeDesc> types = new HashMap<>();
        for (Method method : Probe.class.getMethods()) {
            List<ClassDesc> parameters = Arrays.stream(method.getParameterTypes())
                .map(type -> type.describeConstable().orElseThrow()).toList();
            ClassDesc result = method.getReturnType().describeConstable().orElseThrow();
            types.put(method.getName(), MethodTypeDesc.of(result, parameters));
        }
        return types;
    }
}
