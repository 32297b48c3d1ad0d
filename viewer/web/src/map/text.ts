// CSS font families, best first; MapLibre reads the weight from the first name
// and adds sans-serif at the end.
const families = ['Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans SC']

export const regularFont = ['Noto Sans CJK SC', ...families]
export const boldFont = ['Noto Sans CJK SC Bold', 'Noto Sans CJK SC', ...families]
