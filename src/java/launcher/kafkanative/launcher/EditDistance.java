package kafkanative.launcher;

/** Counts the typing mistakes between two words: letters missing, too many, wrong, or two of them swapped. */
final class EditDistance {
    private EditDistance() {
    }

    /** The optimal string alignment distance; the rows are those of the usual table, kept three at a time. */
    static int between(String left, String right) {
        int[] beforeLast = new int[right.length() + 1];
        int[] last = new int[right.length() + 1];
        for (int column = 0; column <= right.length(); column++) {
            last[column] = column;
        }
        for (int row = 1; row <= left.length(); row++) {
            int[] next = nextRow(left, right, row, beforeLast, last);
            beforeLast = last;
            last = next;
        }
        return last[right.length()];
    }

    private static int[] nextRow(String left, String right, int row, int[] beforeLast, int[] last) {
        int[] next = new int[right.length() + 1];
        next[0] = row;
        for (int column = 1; column <= right.length(); column++) {
            int wrong = left.charAt(row - 1) == right.charAt(column - 1) ? 0 : 1;
            int distance = Math.min(last[column - 1] + wrong, Math.min(last[column], next[column - 1]) + 1);
            boolean swapped = isSwap(left, right, row, column);
            next[column] = swapped ? Math.min(distance, beforeLast[column - 2] + 1) : distance;
        }
        return next;
    }

    private static boolean isSwap(String left, String right, int row, int column) {
        return row > 1 && column > 1
            && left.charAt(row - 1) == right.charAt(column - 2)
            && left.charAt(row - 2) == right.charAt(column - 1);
    }
}
