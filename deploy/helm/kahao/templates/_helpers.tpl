{{- define "kahao.name" -}}
{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "kahao.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "kahao.selector" . }}
{{- end }}

{{- define "kahao.selector" -}}
app.kubernetes.io/name: kahao
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "kahao.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "kahao.name" .) }}
{{- end }}
